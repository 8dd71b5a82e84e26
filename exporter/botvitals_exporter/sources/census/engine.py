"""The interface of a census engine, what it hands back, and which engine counts when."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from botvitals_exporter.readings import CensusOutcome, ModuleCount, OwnersReading, TypeCount


@dataclass(frozen=True, slots=True)
class Tally:
    """What an engine counted: complete, largest first.

    `pause_seconds` is how long the bot stood still, `cpu_seconds` the processor time, a clone's
    included, `tracked_objects` how many the garbage collector tracks (None where the engine does not ask it), `owners`
    who owns what (None where that was not asked, or the engine cannot tell).
    """

    types: tuple[TypeCount, ...]
    modules: tuple[ModuleCount, ...]
    pause_seconds: float
    cpu_seconds: float
    tracked_objects: int | None = None
    owners: OwnersReading | None = None


class CensusSkippedError(Exception):
    """No census this time: `outcome` says why to Prometheus, the message to a person.

    `is_harmless` tells that nothing was counted yet: another engine may try. What a copy died of, or never came to the
    end of, would meet the bot itself if it were counted in its own process.
    """

    def __init__(self, outcome: CensusOutcome, reason: str, *, is_harmless: bool = False) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.is_harmless = is_harmless


class Engine(Protocol):
    """One way to count the heap.

    `free_memory_ratio` is how many times the bot's RSS must be free before it may count.
    """

    name: str
    free_memory_ratio: float

    def count(self) -> Tally:
        """Count every object once. Raises CensusSkippedError where that cannot be done now."""


class EngineChoice(Protocol):
    """Which engine counts the heap at hand. `name` is what was asked for, `engines` are all that may ever count.

    `is_native` tells whether the native core counts; `not_native` says to a person why it does not where it should.
    """

    name: str
    engines: tuple[Engine, ...]
    is_native: bool
    not_native: str | None

    def in_turn(self, resident_bytes: int | None) -> Iterable[Engine]:
        """Return the engines for a process of that RSS, best first: each has its turn where those before it fail."""


class Always:
    """One engine, whatever the heap."""

    def __init__(self, engine: Engine, *, is_native: bool, not_native: str | None = None) -> None:
        self.name = engine.name
        self.engines: tuple[Engine, ...] = (engine,)
        self.is_native = is_native
        self.not_native = not_native

    def in_turn(self, resident_bytes: int | None) -> Iterable[Engine]:
        """Return the engine."""
        return self.engines
