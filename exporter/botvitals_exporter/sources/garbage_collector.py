"""Python's garbage collector: its counters, what it tracks, and how long it stops the bot."""

import gc
import time
from collections.abc import Callable

from botvitals_exporter.readings import GarbageCollectorReading, GenerationReading
from botvitals_exporter.sources.census.settled import count_tracked_objects
from botvitals_exporter.sources.collection_pauses import CollectionPauses

# Without the native core, counting takes 54 ms at 2.5 million objects; at most this share of the time goes into it.
_COUNTING_SHARE = 1 / 2000


class GarbageCollectorSource:
    """Reads the garbage collector of the running process.

    The interpreter keeps no number of what it tracks, and counting stops the bot for as long as listing every object
    takes. A census lists them anyway: tell its number with `note_tracked_objects`, else it is counted here, the more
    seldom the longer that takes. `count` does that, `clock` is in seconds.
    """

    def __init__(
        self,
        count: Callable[[], int] = count_tracked_objects,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._count = count
        self._clock = clock
        self._tracked_objects = 0
        self._count_again_at: float | None = None
        self._counting_seconds = 0.0
        self._pauses = CollectionPauses(generations=len(gc.get_stats()), clock=clock)
        self._watches_pauses = False

    def read(self) -> GarbageCollectorReading:
        """Return its counters since the interpreter started, and the pauses since they are watched."""
        return GarbageCollectorReading(
            generations=tuple(
                GenerationReading(stats["collections"], stats["collected"], stats["uncollectable"])
                for stats in gc.get_stats()
            ),
            tracked_objects=self._current_tracked_objects(),
            garbage_objects=len(gc.garbage),
            pauses=self._pauses.read() if self._watches_pauses else (),
        )

    def note_tracked_objects(self, number: int) -> None:
        """Take `number` for what is tracked now."""
        self._tracked_objects = number
        self._count_again_at = self._clock() + self._counting_seconds / _COUNTING_SHARE

    def watch_pauses(self) -> None:
        """Time every collection from now on."""
        self._pauses.watch()
        self._watches_pauses = True

    def stop(self) -> None:
        """Time collections no more; what was timed stays in the readings."""
        self._pauses.stop()

    def _current_tracked_objects(self) -> int:
        began = self._clock()
        if self._count_again_at is None or began >= self._count_again_at:
            number = self._count()
            self._counting_seconds = self._clock() - began
            self.note_tracked_objects(number)
        return self._tracked_objects
