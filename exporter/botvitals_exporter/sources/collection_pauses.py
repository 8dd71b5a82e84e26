"""How long the garbage collector stops the bot."""

import gc
import operator
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from botvitals_exporter.histogram import Histogram, HistogramReading
from botvitals_exporter.metric import PAUSE_BUCKETS_SECONDS


class _Moments(defaultdict[str, float]):
    """Notes when a collection starts and stops, as its attributes `start` and `stop` are looked up.

    `stop` finds its key missing, so that the clock is asked and its answer kept under that key: all of it C.
    """

    def __init__(self, clock: Callable[[], float], pause_ended: Callable[[float], None]) -> None:
        super().__init__(clock)
        self._clock = clock
        self._pause_ended = pause_ended
        self._started: float | None = None

    @property
    def start(self) -> None:
        stopped = self.pop("stop", None)
        if stopped is not None and self._started is not None:
            self._pause_ended(stopped - self._started)
        self._started = self._clock()

    stop = property(operator.itemgetter("stop"))


class CollectionPauses:
    """Times every collection through `gc.callbacks`, by generation. Takes no lock; the collector runs once at a time.

    A signal that arrives while the collector runs waits for the next Python code, and where that is a callback, what
    the signal's handler raises (KeyboardInterrupt) is printed and lost. So no Python code runs when a collection ends:
    the callback is `getattr(moments, phase, info)`, which looks up `start` or `stop`, and `stop` is C from end to end.
    A pause enters its histogram when the next collection begins.
    """

    def __init__(self, generations: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self._histograms = [Histogram(PAUSE_BUCKETS_SECONDS) for _ in range(generations)]
        self._infos: dict[str, dict[str, int]] = {}
        moments = _Moments(clock, self._observe)
        self._callbacks = (partial(operator.setitem, self._infos), partial(getattr, moments))

    def watch(self) -> None:
        """Time collections from now on."""
        self.stop()
        gc.callbacks.extend(self._callbacks)

    def stop(self) -> None:
        """Time no more."""
        for callback in self._callbacks:
            with suppress(ValueError):
                gc.callbacks.remove(callback)

    def read(self) -> tuple[HistogramReading, ...]:
        """Return the pauses so far, a histogram a generation; the last collection's joins them as the next begins."""
        return tuple(histogram.read() for histogram in self._histograms)

    def _observe(self, pause_seconds: float) -> None:
        generation = self._infos["stop"]["generation"]
        if generation < len(self._histograms):
            self._histograms[generation].observe(pause_seconds)
