"""A program that measures what counting costs a bot that has no time left, and prints it as JSON.

Usage: python -m support.busy_bot WAY CHATS WINDOW_SECONDS PAIRS INTERVAL_SECONDS all|one

Windows without and with a census every interval take turns. `one` keeps the whole process, copies included, on a single
core.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

from botvitals_exporter.failures import Failures
from botvitals_exporter.schedule import ReadingThread
from botvitals_exporter.sources.available_memory import available_memory_bytes
from botvitals_exporter.sources.census.census import CensusTaker
from botvitals_exporter.sources.own_memory import own_memory_source
from support.bot import Bot
from support.heap import build
from support.line_up import WAYS
from support.memory import resident_bytes, watch_memory
from support.own_ways import EngineWay
from support.ways import Way

_LONGEST_CENSUS_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class BusyResult:
    """Messages a second in the windows without and with censuses, and how many of the censuses due were done in time.

    `census_seconds` is how long one takes beside the bot, None where none was done. `extra_bytes` is what one takes
    while the bot works: what it writes to while a copy exists is there twice.
    """

    without: list[float]
    with_census: list[float]
    censuses: int
    censuses_due: int
    census_seconds: float | None
    extra_bytes: int | None
    resident_bytes: int


class Census:
    """Takes a census as the exporter does, with its look at the memory left; a peer just counts."""

    def __init__(self, way: Way, interval_seconds: float) -> None:
        self.done_seconds: list[float] = []
        self._take: Callable[[], object] = way.count
        if isinstance(way, EngineWay):
            self._take = CensusTaker(
                way.choice,
                interval_seconds=interval_seconds,
                fixed_interval=True,
                process=own_memory_source(),
                available_memory=available_memory_bytes,
                failures=Failures(_complain),
            ).take

    def take(self) -> None:
        """Take one; one that is skipped is not done."""
        began = time.perf_counter()
        if self._take() is not None:
            self.done_seconds.append(time.perf_counter() - began)


def _complain(message: str) -> None:
    print(message, file=sys.stderr)


async def measure(bot: Bot, way: Way, window_seconds: float, pairs: int, interval_seconds: float) -> BusyResult:
    """Measure what `way` costs `bot`."""
    census = Census(way, interval_seconds)
    rss_bytes = resident_bytes()
    await bot.run_seconds(min(1.0, window_seconds))  # the first messages find caches cold
    extra_bytes = await _extra_bytes(bot, census)
    without: list[float] = []
    with_census: list[float] = []
    done = 0
    for _pair in range(pairs):
        without.append(await bot.run_seconds(window_seconds))
        # In the middle of each interval, so that a window holds as many as intervals.
        thread = ReadingThread("census", census.take, lambda: interval_seconds, first_seconds=interval_seconds / 2)
        done_before = len(census.done_seconds)
        thread.start()
        with_census.append(await bot.run_seconds(window_seconds))
        done += len(census.done_seconds) - done_before
        thread.stop()
        await asyncio.to_thread(thread.join, _LONGEST_CENSUS_SECONDS)
    due = pairs * round(window_seconds / interval_seconds)
    census_seconds = median(census.done_seconds) if census.done_seconds else None
    return BusyResult(without, with_census, done, due, census_seconds, extra_bytes, rss_bytes)


async def _extra_bytes(bot: Bot, census: Census) -> int | None:
    is_counting = True
    with watch_memory() as extra:
        working = asyncio.create_task(bot.run(lambda: is_counting))
        await asyncio.to_thread(census.take)
        is_counting = False
        await working
    return extra.size_bytes


def main() -> None:
    """Build the heap, measure, print."""
    name, number_of_chats = sys.argv[1], int(sys.argv[2])
    window_seconds, pairs, interval_seconds = float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
    if sys.argv[6] == "one":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    bot = Bot(build(number_of_chats))
    way = WAYS[name].make()
    gc.collect()
    print(json.dumps(asdict(asyncio.run(measure(bot, way, window_seconds, pairs, interval_seconds)))))


if __name__ == "__main__":
    main()
