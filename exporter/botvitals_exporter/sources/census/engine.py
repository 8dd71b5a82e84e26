"""The interface of a census engine, and what it hands back."""

from dataclasses import dataclass
from typing import Protocol

from botvitals_exporter.readings import CensusOutcome, ModuleCount, TypeCount


@dataclass(frozen=True, slots=True)
class Tally:
    """What an engine counted: complete, largest first.

    `pause_seconds` is how long the bot stood still, `cpu_seconds` the processor time, a clone's
    included, `tracked_objects` how many the garbage collector tracks (None where the engine does not ask it).
    """

    types: tuple[TypeCount, ...]
    modules: tuple[ModuleCount, ...]
    pause_seconds: float
    cpu_seconds: float
    tracked_objects: int | None = None


class CensusSkippedError(Exception):
    """No census this time: `outcome` says why to Prometheus, the message to a person."""

    def __init__(self, outcome: CensusOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


class Engine(Protocol):
    """One way to count the heap.

    `free_memory_ratio` is how many times the bot's RSS must be free before it may count.
    """

    name: str
    free_memory_ratio: float

    def count(self) -> Tally:
        """Count every object once. Raises CensusSkippedError where that cannot be done now."""
