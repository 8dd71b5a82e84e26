"""What was lost on its way out of the process, counted for whoever publishes it."""

import threading
import time
from collections import Counter
from collections.abc import Mapping


class ExportCounts:
    """Counts spans that were dropped, and failed OTLP exports by signal (`traces`, `metrics`), from any thread.

    `created_seconds` (since the epoch) is when counting began.
    """

    def __init__(self, created_seconds: float | None = None) -> None:
        self.created_seconds = time.time() if created_seconds is None else created_seconds
        self._spans_dropped = 0
        # At zero from the start, so that a first failure shows as a rise.
        self._failures = Counter(traces=0, metrics=0)
        self.renew_lock()

    def renew_lock(self) -> None:
        """In a forked child: another thread may have held the lock at the fork."""
        # Reentrant, since a finalizer that the garbage collector runs in here may end a span too.
        self._lock = threading.RLock()

    def count_dropped(self, spans: int) -> None:
        """Count spans that nobody will see."""
        with self._lock:
            self._spans_dropped += spans

    def count_failure(self, signal: str) -> None:
        """Count one export of `signal` that did not arrive."""
        with self._lock:
            self._failures[signal] += 1

    def spans_dropped(self) -> int:
        """Return how many spans were dropped so far."""
        return self._spans_dropped

    def failures(self) -> Mapping[str, int]:
        """Return the failed exports so far by signal."""
        with self._lock:
            return dict(self._failures)


# Of the process, as the spans are: the bot may call `setup_tracing()` long before anything publishes.
export_counts = ExportCounts()
