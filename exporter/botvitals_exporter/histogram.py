"""A histogram of our own, and the frozen reading that a collector turns into a metric family at a scrape."""

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistogramReading:
    """Observations by bucket: `counts[i]` fell in (bounds[i-1], bounds[i]], the last of `counts` above every bound."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float
    created_seconds: float


class Histogram:
    """Counts observations by bucket.

    No lock: one thread observes at a time (the garbage collector's callback, the census thread), and a lock taken in a
    `gc.callbacks` function can deadlock (prometheus/client_python#322). Readers see whole counts, since the count of an
    exposition is the sum of its buckets; only `total` may be one observation ahead or behind.
    """

    def __init__(self, bounds: Sequence[float], created_seconds: float | None = None) -> None:
        self.bounds = tuple(bounds)
        self._counts = [0] * (len(self.bounds) + 1)
        self._total = 0.0
        self._created_seconds = time.time() if created_seconds is None else created_seconds

    def observe(self, value: float) -> None:
        """Count one observation."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self._total += value

    def read(self) -> HistogramReading:
        """Return what has been observed so far."""
        return HistogramReading(self.bounds, tuple(self._counts), self._total, self._created_seconds)
