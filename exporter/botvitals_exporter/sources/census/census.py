"""Taking a census: whether there is memory for it, what came of it, and when the next may be taken."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from botvitals.language import gettext as _
from botvitals_exporter.failures import Failures, describe
from botvitals_exporter.histogram import Histogram
from botvitals_exporter.metric import PAUSE_BUCKETS_SECONDS
from botvitals_exporter.readings import (
    CENSUS_OUTCOMES,
    CensusOutcome,
    CensusReading,
    CensusStatus,
)
from botvitals_exporter.sources.census.duty_cycle import DutyCycle
from botvitals_exporter.sources.census.engine import CensusSkippedError, Engine, EngineChoice
from botvitals_exporter.sources.own_memory import Memory

COMPONENT = "census"
_STALE_AFTER_INTERVALS = 3
_MEGABYTE = 1 << 20

Seen = TypeVar("Seen")


class CensusTaker:
    """Takes censuses with the engine of `choice` and remembers what became of them.

    `process` reads the bot's memory, `available_memory` how many bytes may still be used (None where nobody knows);
    `clock` is monotonic, `wall_clock` tells seconds since the epoch. One thread takes, any thread may ask for the
    status.
    """

    def __init__(
        self,
        choice: EngineChoice,
        *,
        interval_seconds: float,
        process: Callable[[], Memory | None],
        available_memory: Callable[[], int | None],
        failures: Failures,
        fixed_interval: bool = False,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._choice = choice
        self._process = process
        self._available_memory = available_memory
        self._failures = failures
        self._clock = clock
        self._wall_clock = wall_clock
        self._duty_cycle = DutyCycle(interval_seconds, is_fixed=fixed_interval)
        self._has_said_stretched = False
        self._pauses = Histogram(PAUSE_BUCKETS_SECONDS, wall_clock())
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, CensusOutcome], int] = {
            (engine.name, outcome): 0 for engine in choice.engines for outcome in CENSUS_OUTCOMES
        }
        self._last: CensusReading | None = None
        self._last_at = 0.0
        self._last_success_seconds: float | None = None

    @property
    def interval_seconds(self) -> float:
        """How long to wait between censuses: what was asked for, or longer where a census costs more than its share."""
        return self._duty_cycle.interval_seconds

    def take(self) -> CensusReading | None:
        """Take one census and return it, None where there is none this time. Never raises."""
        process = self._look(self._process)
        try:
            for engine in self._choice.in_turn(None if process is None else process.resident_memory_bytes):
                reading, may_go_on = self._take_with(engine, process)
                if not may_go_on:
                    return reading
        except Exception as error:  # noqa: BLE001 - whatever the choice meets, the bot goes on
            self._miss(self._choice.engines[0], "error", describe(error), self._clock())
        return None

    def status(self) -> CensusStatus:
        """Return what became of all censuses, and the last good one unless it is three intervals old."""
        with self._lock:
            if self._last is not None:
                # A census that takes longer than its (fixed) interval is not stale because the next one takes as long.
                every_seconds = max(self.interval_seconds, self._last.duration_seconds)
                if self._clock() - self._last_at >= _STALE_AFTER_INTERVALS * every_seconds:
                    self._last = None
            return CensusStatus(
                last=self._last,
                last_success_seconds=self._last_success_seconds,
                interval_seconds=self.interval_seconds,
                outcomes=dict(self._outcomes),
                pauses=self._pauses.read(),
            )

    def _take_with(self, engine: Engine, process: Memory | None) -> tuple[CensusReading | None, bool]:
        """Return a census, None where there is none, and whether another engine may try."""
        began, began_seconds = self._clock(), self._wall_clock()
        try:
            self._require_memory(engine, process)
            tally = engine.count()
        except CensusSkippedError as skipped:
            self._miss(engine, skipped.outcome, str(skipped), began)
            return None, skipped.is_harmless
        except Exception as error:  # noqa: BLE001 - whatever an engine meets, the bot goes on
            self._miss(engine, "error", describe(error), began)
            return None, False
        reading = CensusReading(
            engine=engine.name,
            time_seconds=began_seconds,
            pause_seconds=tally.pause_seconds,
            duration_seconds=self._clock() - began,
            cpu_seconds=tally.cpu_seconds,
            types=tally.types,
            modules=tally.modules,
            tracked_objects=tally.tracked_objects,
            owners=tally.owners,
        )
        reading = replace(reading, unexplained_bytes=_unexplained_bytes(process, reading))
        with self._lock:
            self._outcomes[engine.name, "ok"] += 1
            self._pauses.observe(tally.pause_seconds)
            self._last, self._last_at, self._last_success_seconds = reading, self._clock(), self._wall_clock()
        self._spend(tally.pause_seconds, tally.cpu_seconds)
        return reading, False

    def _look(self, source: Callable[[], Seen | None]) -> Seen | None:
        try:
            return source()
        except Exception as error:  # noqa: BLE001 - a census goes without what this source tells
            self._failures.note(COMPONENT, f"{COMPONENT}: {describe(error)}", kind="source")
            return None

    def _require_memory(self, engine: Engine, process: Memory | None) -> None:
        available_bytes = self._look(self._available_memory)
        if process is None or available_bytes is None:
            return
        needed_bytes = engine.free_memory_ratio * process.resident_memory_bytes
        if available_bytes < needed_bytes:
            raise CensusSkippedError(
                "no_memory",
                _("it needs {needed:,.0f} MB of free memory, {available:,.0f} MB are free").format(
                    needed=needed_bytes / _MEGABYTE, available=available_bytes / _MEGABYTE
                ),
                is_harmless=True,
            )

    def _miss(self, engine: Engine, outcome: CensusOutcome, reason: str, began: float) -> None:
        with self._lock:
            self._outcomes[engine.name, outcome] += 1
        self._failures.note(
            COMPONENT,
            _("no census by {engine} this time: {reason}").format(engine=engine.name, reason=reason),
            kind=f"{engine.name} {outcome}",
        )
        # One that fails costs, too, and would fail at every interval: at most all of the time that it took.
        self._spend(0.0, self._clock() - began)

    def _spend(self, pause_seconds: float, cpu_seconds: float) -> None:
        cycle = self._duty_cycle
        with self._lock:
            cycle.spend(pause_seconds, cpu_seconds)
        if self._has_said_stretched or cycle.interval_seconds <= cycle.asked_seconds:
            return
        self._has_said_stretched = True
        self._failures.remark(
            _(
                "a census stops the bot for {pause:.2f} s and takes {cpu:.2f} s of processor time: "
                "the next ones come every {interval:.0f} s, not every {asked:g} s (--fixed-interval forbids that)"
            ).format(
                pause=pause_seconds,
                cpu=cpu_seconds,
                interval=cycle.interval_seconds,
                asked=cycle.asked_seconds,
            )
        )


def _unexplained_bytes(process: Memory | None, census: CensusReading) -> int | None:
    """Return anonymous memory and swap less the objects' bytes; None where the platform does not tell them."""
    if process is None or "anonymous" not in process.memory_by_kind:
        return None
    by_kind = process.memory_by_kind
    return by_kind["anonymous"] + by_kind.get("swap", 0) - census.size_bytes
