"""How long a piece of work keeps everybody else in its process waiting."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

_SHORTEST_BASELINE_SECONDS, _LONGEST_BASELINE_SECONDS = 0.2, 2.0
_TICK_SECONDS = 0.001
_SETTLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Stall:
    """The longest stall during the work, and the longest without it in about as much time: the machine's own."""

    seconds: float
    baseline_seconds: float


def _baseline_seconds(work_seconds: float) -> float:
    return min(max(work_seconds, _SHORTEST_BASELINE_SECONDS), _LONGEST_BASELINE_SECONDS)


class _LongestGap:
    """The longest time between two ticks since it was last taken."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._last = time.perf_counter()

    def tick(self, expected_seconds: float = 0.0) -> None:
        """Note a tick that was due `expected_seconds` after the last."""
        now = time.perf_counter()
        gap = now - self._last - expected_seconds
        self._last = now
        if gap > self._seconds:
            self._seconds = gap

    def take_seconds(self) -> float:
        """Return the longest and begin anew."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds


def stall_of_a_thread(work: Callable[[], object], work_seconds: float) -> Stall:
    """Do `work`, which takes about `work_seconds`, on a thread beside the main thread, which never sleeps."""
    gap = _LongestGap()
    with ThreadPoolExecutor(1) as executor:
        working = executor.submit(_work_watched, gap, work, work_seconds)
        while not working.done():
            gap.tick()
    return Stall(gap.take_seconds(), working.result())


def stall_of_a_loop(work: Callable[[], object], work_seconds: float) -> Stall:
    """Do `work`, which takes about `work_seconds`, on a thread beside an asyncio loop that ticks every millisecond."""
    return asyncio.run(_stall_of_a_loop(work, work_seconds))


async def _stall_of_a_loop(work: Callable[[], object], work_seconds: float) -> Stall:
    gap = _LongestGap()

    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            gap.tick(_TICK_SECONDS)

    ticking = asyncio.create_task(tick())
    baseline_seconds = await asyncio.to_thread(_work_watched, gap, work, work_seconds)
    ticking.cancel()
    return Stall(gap.take_seconds(), baseline_seconds)


def _work_watched(gap: _LongestGap, work: Callable[[], object], work_seconds: float) -> float:
    """Do `work` while others tick; return their longest gap in about as much time before it."""
    time.sleep(_SETTLE_SECONDS)  # this thread's own start is nobody's stall
    gap.take_seconds()
    time.sleep(_baseline_seconds(work_seconds))
    baseline_seconds = gap.take_seconds()
    work()
    time.sleep(2 * _TICK_SECONDS)  # one more tick: a stall is known only when it is over
    return baseline_seconds
