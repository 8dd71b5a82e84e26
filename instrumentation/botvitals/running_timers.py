"""Which timers run, and which of them a call by id means."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar

from botvitals.operation_names import key_of
from botvitals.timer import Timer

MAX_RUNNING = 2_000
_MAX_AGE_NS = 3_600 * 10**9
# More than anyone has open at once in one task; beyond it the oldest are found like those of other tasks.
_REMEMBERED = 16


class RunningTimers:
    """All timers that run, at most 2,000 and none older than an hour; for all threads."""

    def __init__(self) -> None:
        # The timers last started in this task or thread, newest last. Finished ones stay for a while, so that a second
        # `end_timer` is known for one and never ends the timer of another task.
        self._recent: ContextVar[tuple[Timer, ...]] = ContextVar("botvitals_recent_timers", default=())
        self._begin()

    def _begin(self) -> None:
        # Re-entrant, since a signal handler or a finalizer may start a timer in the midst of another's start.
        self._lock = threading.RLock()
        # Unlike a dict, it finds its oldest at once after many were taken from its front.
        self._by_age: OrderedDict[Timer, None] = OrderedDict()
        self._by_key: dict[str, dict[Timer, None]] = {}

    def add(self, timer: Timer) -> list[Timer]:
        """Let `timer` run and return those that ran too long or were too many: they run no more."""
        recent = self._recent.get()
        self._recent.set((*(recent if len(recent) < _REMEMBERED else _thinned(recent)), timer))
        with self._lock:
            self._by_age[timer] = None
            of_key = self._by_key.get(timer.key)
            if of_key is None:
                self._by_key[timer.key] = {timer: None}
            else:
                of_key[timer] = None
            # The oldest alone tells whether there is anything to do.
            oldest = next(iter(self._by_age))
            if len(self._by_age) <= MAX_RUNNING and timer.started_ns - oldest.started_ns < _MAX_AGE_NS:
                return []
            return self._overdue(timer.started_ns)

    def remove(self, timer: Timer) -> bool:
        """Let `timer` run no more; False where it did not run. Of several callers at once one gets True."""
        with self._lock:
            if not timer.is_running:
                return False
            timer.is_running = False
            del self._by_age[timer]
            of_key = self._by_key[timer.key]
            if len(of_key) == 1:
                del self._by_key[timer.key]
            else:
                del of_key[timer]
            return True

    def take_overdue(self, now_ns: int) -> list[Timer]:
        """Remove and return the timers that ran an hour or were too many at `now_ns`, oldest first."""
        with self._lock:
            return self._overdue(now_ns)

    def _overdue(self, now_ns: int) -> list[Timer]:
        overdue: list[Timer] = []
        while self._by_age:
            oldest = next(iter(self._by_age))
            if len(self._by_age) <= MAX_RUNNING and now_ns - oldest.started_ns < _MAX_AGE_NS:
                break
            self.remove(oldest)
            overdue.append(oldest)
        return overdue

    def meant_by_id(self, operation_id: object) -> Timer | None:
        """Return the timer that is `meant_by` the key of `operation_id`."""
        recent = self._recent.get()
        if recent and type(operation_id) is str:
            last = recent[-1]
            if last.key == operation_id and last.is_running:
                return last
        return self.meant_by(key_of(operation_id))

    def meant_by(self, key: str, finished: Timer | None = None) -> Timer | None:
        """Return the timer that a call by id means here: the one last started in this task or thread, else of all.

        Where that one has ended, it is still the one meant, unless another of that id was started since, wherever.
        `finished` is one that runs no more and may be meant too. None where there is none at all.
        """
        own = None
        for timer in reversed(self._recent.get()):
            if timer.key == key:
                if timer.is_running:
                    return timer
                own = own or timer
        with self._lock:
            of_key = self._by_key.get(key)
            last = next(reversed(of_key)) if of_key else None
        if last is None or (finished is not None and finished.started_ns > last.started_ns):
            last = finished
        if own is None or (last is not None and last.started_ns > own.ended_ns):
            return last
        return own

    def count_by_name(self) -> Mapping[str, int]:
        """Return how many timers run, by the name of their operation."""
        with self._lock:
            timers = list(self._by_age)
        return Counter(timer.name for timer in timers)

    def forget_all(self) -> None:
        """Begin anew in a forked child: what runs is the parent's to end, and its lock may be held by a lost thread."""
        for timer in list(self._by_age):
            timer.is_running = False
        self._begin()


def _thinned(recent: tuple[Timer, ...]) -> tuple[Timer, ...]:
    """Return `recent` without those of its older half that have ended, at least without the oldest."""
    half = _REMEMBERED // 2
    return tuple(timer for timer in recent[1:half] if timer.is_running) + recent[half:]
