"""The bot's timers: what finished operations took, what runs, and what was never ended."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from botvitals.operation import Operation
from botvitals_exporter.readings import OperationsReading
from botvitals_exporter.sources.operation_histograms import OperationHistograms

# So many operations wait; a thread of the bot then adds up at most twice as many, which takes it 0.3 ms.
BATCH = 32


class Timers(Protocol):
    """What is asked of a PerformanceMonitor."""

    def subscribe(self, callback: Callable[[Operation], None]) -> Callable[[], None]:
        """Hand each finished operation to `callback`; the result undoes that."""

    def started(self) -> Collection[str]:
        """Return the names of operations that were ever started."""

    def in_progress(self) -> Mapping[str, int]:
        """Return how many timers run, by name."""

    def abandoned(self) -> Mapping[str, int]:
        """Return how many timers were abandoned so far, by name."""


class OperationsSource:
    """Adds up what the timers of `timers` say between `watch` and `stop`; `read` is what is published.

    The bot's threads never wait here: they leave their operation in a queue, and whoever finds it full and nobody at
    work adds it up. A lock that they waited for could be held by the very thread that a signal or a finalizer has
    interrupted.
    """

    def __init__(self, timers: Timers, time_seconds: Callable[[], float] = time.time) -> None:
        self._timers = timers
        self._finished: deque[Operation] = deque()
        self._folding = threading.Lock()
        self._histograms = OperationHistograms(time_seconds)
        self._unsubscribe: Callable[[], None] | None = None

    def watch(self) -> None:
        """Count operations that finish from now on."""
        if self._unsubscribe is None:
            self._unsubscribe = self._timers.subscribe(self.take)

    def stop(self) -> None:
        """Count no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def take(self, operation: Operation) -> None:
        """Count one finished operation; from any thread, a signal handler or a finalizer."""
        self._finished.append(operation)
        if len(self._finished) >= BATCH and self._folding.acquire(blocking=False):
            try:
                self._fold(2 * BATCH)
            finally:
                self._folding.release()

    def read(self) -> OperationsReading:
        """Return every operation that has finished so far, and the timers that run or were abandoned."""
        # The timers first: asked for those that run, they give up the ones that are too old.
        in_progress, abandoned = self._timers.in_progress(), self._timers.abandoned()
        started = tuple(self._timers.started())
        with self._folding:
            # No further than what is there now: threads that go on adding must not keep this one for ever.
            self._fold(len(self._finished))
            name_of = self._histograms.name_of
            names = {name: name_of(name) for name in (*started, *in_progress, *abandoned)}
            durations, segments = self._histograms.read()
            is_summed = self._histograms.is_summed
        return OperationsReading(
            durations,
            segments,
            in_progress=_by_label(in_progress, names),
            abandoned=_by_label(abandoned, names),
            is_summed=is_summed,
        )

    def _fold(self, most: int) -> None:
        finished, histograms = self._finished, self._histograms
        for _ in range(min(most, len(finished))):
            operation = finished.popleft()
            if operation.outcome != "abandoned":
                histograms.observe(operation)


def _by_label(counts: Mapping[str, int], names: Mapping[str, str]) -> dict[str, int]:
    """Return `counts` under the published names, all of which are there, be it at zero."""
    summed = Counter(dict.fromkeys(names.values(), 0))
    for name, count in counts.items():
        summed[names[name]] += count
    return dict(summed)
