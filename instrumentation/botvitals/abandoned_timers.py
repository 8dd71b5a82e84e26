"""Timers that nobody ended: counted by name, and said at most once a minute."""

import threading
from collections import Counter
from collections.abc import Mapping

from botvitals.log_lines import LogLines

_MAX_NAMES = 1_000
_OTHER = "__other__"
_SAID_EVERY_NS = 60 * 10**9


class AbandonedTimers:
    """Counts abandoned timers. Names beyond a thousand are counted together as `__other__`."""

    def __init__(self, log: LogLines) -> None:
        self._log = log
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._unsaid: Counter[str] = Counter()
        self._said_ns: int | None = None

    def count(self, name: str) -> None:
        """Count one timer of this name."""
        with self._lock:
            if name not in self._counts and len(self._counts) >= _MAX_NAMES:
                name = _OTHER
            self._counts[name] += 1
            self._unsaid[name] += 1

    def say(self, now_ns: int) -> None:
        """Warn of those that were not said yet, unless others were within the last minute."""
        with self._lock:
            if not self._unsaid or (self._said_ns is not None and now_ns - self._said_ns < _SAID_EVERY_NS):
                return
            unsaid, self._unsaid, self._said_ns = self._unsaid, Counter(), now_ns
        self._log.abandoned(unsaid)

    def counts(self) -> Mapping[str, int]:
        """Return how many timers of each name were abandoned so far."""
        with self._lock:
            return dict(self._counts)

    def forget_all(self) -> None:
        """Begin anew in a forked child, whose lock may be held by a thread that it does not have."""
        self._begin()
