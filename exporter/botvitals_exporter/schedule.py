"""When the next reading is due, and a thread that takes readings."""

import threading
import time
from collections.abc import Callable

# As long as any wait may be on every system: eleven days and a half.
LONGEST_SECONDS = 1_000_000.0


def is_interval(seconds: object) -> bool:
    """Tell whether `seconds` are a number above 0 that can be waited for."""
    return isinstance(seconds, int | float) and 0 < seconds <= LONGEST_SECONDS


class Schedule:
    """Moments an interval apart, the first one after `first_seconds`.

    Work that takes a while does not push the next moment back. Moments that passed during the work are left out: they
    do not come in a burst afterwards.
    """

    def __init__(self, first_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due = clock() + first_seconds

    def remaining_seconds(self) -> float:
        """Return how long it is until the next moment; 0 where it has come."""
        return max(0.0, self._due - self._clock())

    def advance(self, interval_seconds: float) -> None:
        """Go on to the moment after this one."""
        self._due = max(self._due + interval_seconds, self._clock())


class ReadingThread:
    """Calls `read` at the moments of a schedule, on a daemon thread of its own. `read` must not raise.

    `interval_seconds` is asked after each reading, since a census that costs too much stretches it.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], object],
        interval_seconds: Callable[[], float],
        *,
        first_seconds: float,
    ) -> None:
        self._read = read
        self._interval_seconds = interval_seconds
        self._schedule = Schedule(first_seconds)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Have the thread end after the reading that it is at."""
        self._stopped.set()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the thread's end, unless this is that thread."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        while not self._stopped.wait(self._schedule.remaining_seconds()):
            self._read()
            self._schedule.advance(self._interval_seconds())
