"""A histogram of our own, and the frozen reading that a collector turns into a metric family at a scrape."""

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class SpanMoment(NamedTuple):
    """An exported span, and when it ended in seconds since the epoch; the ids are hexadecimal, as Jaeger shows them."""

    trace_id: str
    span_id: str
    time_seconds: float


class Exemplar(NamedTuple):
    """One observation, and the span in which it was made."""

    value: float
    span: SpanMoment


@dataclass(frozen=True, slots=True)
class HistogramReading:
    """Observations by bucket: `counts[i]` fell in (bounds[i-1], bounds[i]], the last of `counts` above every bound.

    `exemplars` has the latest of each bucket, None for a bucket without one; it is empty where no bucket has any.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float
    created_seconds: float
    exemplars: tuple[Exemplar | None, ...] = ()


class Histogram:
    """Counts observations by bucket.

    No lock: one thread observes at a time (the garbage collector's callback, the census thread, whoever adds up
    finished operations), and a lock taken in a `gc.callbacks` function can deadlock (prometheus/client_python#322).
    Readers see whole counts, since the count of an exposition is the sum of its buckets; only `total` may be one
    observation ahead or behind.
    """

    __slots__ = ("_counts", "_created_seconds", "_exemplars", "_total", "bounds")

    def __init__(self, bounds: Sequence[float], created_seconds: float | None = None) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self._total = 0.0
        self._created_seconds = time.time() if created_seconds is None else created_seconds
        # A plain pair costs a fifth of an Exemplar, which is made when read; no list where there are no spans.
        self._exemplars: list[tuple[float, SpanMoment] | None] = []

    def observe(self, value: float, span: SpanMoment | None = None) -> None:
        """Count one observation; with `span` it becomes its bucket's exemplar."""
        bucket = bisect_left(self.bounds, value)
        self._counts[bucket] += 1
        self._total += value
        if span is not None:
            if not self._exemplars:
                self._exemplars = [None] * len(self._counts)
            self._exemplars[bucket] = (value, span)

    def read(self) -> HistogramReading:
        """Return what has been observed so far."""
        exemplars = tuple(None if pair is None else Exemplar(*pair) for pair in self._exemplars)
        return HistogramReading(self.bounds, tuple(self._counts), self._total, self._created_seconds, exemplars)
