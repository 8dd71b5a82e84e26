"""Quantiles of any number of durations in bounded memory."""

import math
from collections import Counter

# Buckets grow by 2 %: a quantile is off by at most 1 %, and all from a nanosecond to a century are under 2,200.
_GROWTH = 1.02
_LOG_GROWTH = math.log(_GROWTH)


class Durations:
    """Counts durations (ns) in buckets that grow geometrically, as DDSketch does (https://arxiv.org/abs/1908.10693)."""

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self._least_ns = 0
        self._most_ns = 0
        self._buckets: Counter[int] = Counter()

    def add(self, duration_ns: int) -> None:
        """Count one duration, 0 or more."""
        self._least_ns = min(self._least_ns, duration_ns) if self.count else duration_ns
        self._most_ns = max(self._most_ns, duration_ns)
        self.count += 1
        self.total_ns += duration_ns
        self._buckets[math.ceil(math.log(max(duration_ns, 1)) / _LOG_GROWTH)] += 1

    def quantile(self, share: float) -> float:
        """Return the duration (ns) that `share` of all do not exceed, within 1 %; 0 where there are none."""
        rank = max(1, math.ceil(share * self.count))
        for bucket in sorted(self._buckets):
            rank -= self._buckets[bucket]
            if rank <= 0:
                middle = 2 * _GROWTH**bucket / (1 + _GROWTH)
                return min(max(middle, self._least_ns), self._most_ns)
        return 0.0
