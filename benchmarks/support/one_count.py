"""A program that measures one way to count on one heap, in this process, and prints what it found as JSON.

Usage: python -m support.one_count WAY CHATS
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

from support.heap import build
from support.line_up import WAYS
from support.memory import resident_bytes, watch_memory
from support.stalls import Stall, stall_of_a_loop, stall_of_a_thread
from support.ways import Way

_COUNTS = 3
_ENOUGH_SECONDS = 1.0
_WATCHED_SECONDS = 0.3

_StallOf = Callable[[Callable[[], object], float], Stall]


@dataclass(frozen=True, slots=True)
class CountResult:
    """One way on one heap; times in seconds. None stands for what this way or this system does not tell."""

    objects: float
    messages: float
    wall: float
    pause: float | None
    thread_stall: float
    thread_baseline: float
    loop_stall: float
    loop_baseline: float
    extra_bytes: float | None
    resident_bytes: float


def measure(way: Way) -> CountResult:
    """Measure `way` on the heap of this process."""
    rss_bytes = resident_bytes()
    # First of all: what a count leaves in the allocator serves the next one, and would hide what it takes.
    with watch_memory() as extra:
        _count_for(_WATCHED_SECONDS, way)
    walls: list[float] = []
    pauses: list[float] = []
    while len(walls) < _COUNTS and sum(walls) < _ENOUGH_SECONDS:
        began = time.perf_counter()
        counted = way.count()
        walls.append(time.perf_counter() - began)
        found = way.found(counted)
        del counted
        if found.pause_seconds is not None:
            pauses.append(found.pause_seconds)
    thread = _median_stall(stall_of_a_thread, way, walls)
    loop = _median_stall(stall_of_a_loop, way, walls)
    return CountResult(
        objects=found.objects,
        messages=found.messages,
        wall=median(walls),
        pause=median(pauses) if pauses else None,
        thread_stall=thread.seconds,
        thread_baseline=thread.baseline_seconds,
        loop_stall=loop.seconds,
        loop_baseline=loop.baseline_seconds,
        extra_bytes=extra.size_bytes,
        resident_bytes=rss_bytes,
    )


def _median_stall(stall_of: _StallOf, way: Way, walls: list[float]) -> Stall:
    """Count as often as was counted for `walls`."""
    stalls = [stall_of(way.count, median(walls)) for _ in walls]
    return sorted(stalls, key=lambda stall: stall.seconds)[len(stalls) // 2]


def _count_for(seconds: float, way: Way) -> None:
    """Count once, and again for so long: of a copy that lives for some milliseconds few samples are taken."""
    ends = time.perf_counter() + seconds
    way.count()
    while time.perf_counter() < ends:
        way.count()


def main() -> None:
    """Build the heap, measure, print."""
    name, number_of_chats = sys.argv[1], int(sys.argv[2])
    chats = build(number_of_chats)  # before the way brings objects of its own
    way = WAYS[name].make()
    gc.collect()
    print(json.dumps(asdict(measure(way))))
    del chats


if __name__ == "__main__":
    main()
