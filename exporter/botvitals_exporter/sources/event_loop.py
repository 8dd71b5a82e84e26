"""How late the bot's asyncio loops run, and how many tasks they have: taken on the loops themselves."""

import asyncio
import os
import sys
import threading
import time
import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context

from botvitals_exporter.failures import Failures
from botvitals_exporter.histogram import Histogram
from botvitals_exporter.readings import EventLoopReading

LAG_BUCKETS_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
BEAT_SECONDS = 0.5

# Counting tasks takes as long as there are many (some 0.5 µs each): after it so many times as long without.
_TASKS_REST = 200


class EventLoopSource:
    """Follows every event loop that it is told of by a timer on the loop, which notes how late it is called.

    A loop is asked for a call every half second; between two calls it runs nothing of ours. Each call is one
    observation, and the next is asked for from then on: a loop that stands still for 3 s makes one observation, of 2.5
    to 3 s, and none for the calls that it missed. Time in which a loop was not running at all is not lag. All loops
    share one histogram, and their tasks are added up.

    Holds no loop alive, nor the program. What fails on a loop is noted in `failures`, and the loop never notices.
    """

    def __init__(self, failures: Failures, clock: Callable[[], float] = time.perf_counter) -> None:
        self._failures = failures
        self._clock = clock
        self._lag = Histogram(LAG_BUCKETS_SECONDS)
        self._has_followed = False
        self._is_stopped = False
        self._pid = os.getpid()
        # Re-entrant: a signal's handler may stop us while its thread is in here.
        self._lock = threading.RLock()
        # Weak: it is the loop's timer that keeps a heartbeat.
        self._heartbeats: weakref.WeakSet[_Heartbeat] = weakref.WeakSet()

    def attend(self, loop: AbstractEventLoop) -> None:
        """Follow `loop` from any thread, as soon as it runs. One that is closed is noted as a failure."""
        try:
            loop.call_soon_threadsafe(self.follow, loop, context=Context())
        except Exception as error:  # noqa: BLE001 - closed, or a loop of another make that cannot do it
            self._note(error)

    def follow(self, loop: AbstractEventLoop | None) -> None:
        """Follow `loop`, which has begun to run on the calling thread; None says that this thread's loop has ended."""
        if self._is_stopped:
            return
        with self._lock:
            mine = [beat for beat in self._heartbeats if beat.thread == threading.get_ident()]
            self._heartbeats.difference_update(mine)
        for heartbeat in mine:
            heartbeat.cancel()
        if loop is not None:
            heartbeat = _Heartbeat(loop, self._observe, self._note, self._clock)
            heartbeat.schedule(loop)
            with self._lock:
                self._heartbeats.add(heartbeat)
                self._has_followed = True

    def read(self) -> EventLoopReading:
        """Return the lags so far, None before any loop was followed, and the tasks of the loops that run now."""
        with self._lock:
            lag = self._lag.read() if self._has_followed else None
            heartbeats = list(self._heartbeats)
        counts = [beat.tasks for beat in heartbeats if beat.tasks is not None and beat.is_running()]
        return EventLoopReading(lag, sum(counts) if counts else None)

    def stop(self) -> None:
        """Follow no loop any more and take the timers off those that there are."""
        self._is_stopped = True
        if os.getpid() != self._pid:
            # A forked child: another thread may have held the lock, and the loops are not there.
            return
        with self._lock:
            heartbeats = list(self._heartbeats)
            self._heartbeats.clear()
        for heartbeat in heartbeats:
            heartbeat.cancel()

    def _observe(self, late_seconds: float) -> bool:
        """Note a lag; tells whether to go on."""
        if self._is_stopped:
            return False
        with self._lock:
            self._lag.observe(late_seconds)
        return True

    def _note(self, error: Exception) -> None:
        kind = type(error).__name__
        self._failures.note("event_loop", f"event loop: {kind}: {error}", kind=kind)


class _Heartbeat:
    """The timer on one loop. All but `cancel` and `is_running` is called on the loop's own thread."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        observe: Callable[[float], bool],
        note: Callable[[Exception], None],
        clock: Callable[[], float],
    ) -> None:
        self.thread = threading.get_ident()
        self.tasks: int | None = None
        self._loop = weakref.ref(loop)
        self._observe = observe
        self._note = note
        self._clock = clock
        self._handle: asyncio.TimerHandle | None = None
        self._run: object = None
        self._due = self._count_tasks_at = clock()

    def schedule(self, loop: AbstractEventLoop) -> None:
        """Ask for the next beat."""
        self._run = _current_run()
        self._due = self._clock() + BEAT_SECONDS
        # Not in the context of whoever happens to be running, which a timer would keep alive.
        self._handle = loop.call_later(BEAT_SECONDS, self._beat, context=Context())

    def is_running(self) -> bool:
        """Whether the loop runs now."""
        loop = self._loop()
        return loop is not None and loop.is_running()

    def cancel(self) -> None:
        """Take the timer off the loop, from any thread."""
        handle, loop = self._handle, self._loop()
        self._handle = None
        if handle is None or loop is None:
            return
        try:
            if self.thread == threading.get_ident() or not loop.is_running():
                handle.cancel()
            else:
                loop.call_soon_threadsafe(handle.cancel, context=Context())
        except Exception as error:  # noqa: BLE001 - closed in this very moment, or a loop of another make
            if not loop.is_closed():
                self._note(error)

    def _beat(self) -> None:
        late_seconds = max(0.0, self._clock() - self._due)
        try:
            loop = asyncio.get_running_loop()
            # A loop that was stopped and started again meanwhile was not late.
            if self._run is _current_run() and not self._observe(late_seconds):
                return
            self.schedule(loop)
            self._count_tasks(loop)
        except Exception as error:  # noqa: BLE001 - raised here it would reach the bot's exception handler
            self._note(error)

    def _count_tasks(self, loop: AbstractEventLoop) -> None:
        began = self._clock()
        if began < self._count_tasks_at:
            return
        self.tasks = len(asyncio.all_tasks(loop))
        ended = self._clock()
        self._count_tasks_at = ended + _TASKS_REST * (ended - began)


def _current_run() -> object:
    """Return what stays the same object for as long as a loop runs without a stop, on asyncio's loops and uvloop's.

    Both install a new hook for asynchronous generators each time that they are set running.
    """
    return sys.get_asyncgen_hooks().firstiter
