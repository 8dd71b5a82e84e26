"""Exports by OTLP that failed: counted always, said seldom."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

# While a signal goes on failing, twice as long passes from one line to the next, up to an hour.
FIRST_GAP_SECONDS = 20.0
LONGEST_GAP_SECONDS = 3600.0


class ExportFailures:
    """Counts failed exports by signal (`metrics`, `traces`) for `botvitals_otlp_failures_total`.

    `say` gets one line for a person, at most once in 20 s for a signal, and ever more seldom until an export goes well.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._last_line: dict[str, float] = {}
        self._gaps: dict[str, float] = {}

    def expect(self, signal: str) -> None:
        """Begin to count `signal` at zero, so that a first failure shows as a rise."""
        with self._lock:
            self._counts[signal] += 0

    def note(self, signal: str, message: str) -> None:
        """Count a failed export of `signal`, and say `message` where the last line is long enough ago."""
        with self._lock:
            self._counts[signal] += 1
            now = self._clock()
            gap = self._gaps.get(signal, 0.0)
            is_due = now >= self._last_line.get(signal, now) + gap
            if is_due:
                self._last_line[signal] = now
                self._gaps[signal] = min(max(2 * gap, FIRST_GAP_SECONDS), LONGEST_GAP_SECONDS)
        if is_due:
            self._say(message)

    def recovered(self, signal: str) -> None:
        """Note that an export of `signal` went well: the next failure is news again, 20 s after the last line."""
        with self._lock:
            if signal in self._gaps:
                self._gaps[signal] = FIRST_GAP_SECONDS

    def counts(self) -> Mapping[str, int]:
        """Return how many exports of each signal have failed."""
        with self._lock:
            return dict(self._counts)
