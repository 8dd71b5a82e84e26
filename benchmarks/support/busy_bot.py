"""A program that measures what counting costs a bot that has no time left, and prints it as JSON.

Usage: python -m support.busy_bot WAY BOT OBJECTS CENSUSES INTERVAL_SECONDS all|one

A census comes every interval, and what the bot did not answer around it is measured against what it answered just
before and after (support/lost.py). `one` keeps the whole process, copies included, on a single core. No garbage is
collected: with or without a census, that stops a bot of this size for half a second, and would drown what is measured.
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
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.schedule import ReadingThread
from support.bot import BareBot, Bot, Brain
from support.heap import build, chats_for
from support.line_up import WAYS
from support.lost import Answers, Span
from support.memory import resident_bytes, watch_memory
from support.own_ways import EngineWay
from support.ways import Way

_LONGEST_CENSUS_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class BusyResult:
    """Messages a second while nobody counts, and for each census done how many seconds' worth went unanswered.

    `census_seconds` is how long one takes beside the bot, None where none was done. `extra_bytes` is what the second
    takes while the bot works: what it writes to while a copy exists is there twice. What the first leaves for the next
    is not in it.
    """

    messages_a_second: float
    lost_seconds: list[float]
    interval_seconds: float
    censuses_due: int
    census_seconds: float | None
    extra_bytes: int | None
    resident_bytes: int


class Census:
    """Does what the exporter does every interval, its look at everything else included; a peer just counts."""

    def __init__(self, way: Way, interval_seconds: float) -> None:
        self.done: list[Span] = []
        self._take: Callable[[], object] = way.count
        if isinstance(way, EngineWay):
            self._vitals = InsideVitals(Failures(_complain), way.choice, interval_seconds, has_fixed_interval=True)
            self._take = self._read_all

    def take(self) -> None:
        """Take one; one that is skipped is not done."""
        began = time.perf_counter()
        if self._take() is not None:
            self.done.append(Span(began, time.perf_counter()))

    def _read_all(self) -> object:
        self._vitals.refresh()
        return self._vitals.next_report()


def _complain(message: str) -> None:
    print(message, file=sys.stderr)


async def measure(bot: Bot, way: Way, censuses: int, interval_seconds: float) -> BusyResult:
    """Measure what `way` costs `bot`."""
    census = Census(way, interval_seconds)
    rss_bytes = resident_bytes()
    await _take_beside(bot, census)  # the first census, and the first messages, find everything cold
    with watch_memory() as extra:
        await _take_beside(bot, census)
    census.done.clear()
    answers = Answers()
    thread = ReadingThread("census", census.take, lambda: interval_seconds, first_seconds=interval_seconds / 2)
    thread.start()
    ends = time.perf_counter() + censuses * interval_seconds
    while (now := time.perf_counter()) < ends:
        await bot.answer_next()
        answers.note(now)
        await asyncio.sleep(0)
    thread.stop()
    await asyncio.to_thread(thread.join, _LONGEST_CENSUS_SECONDS)
    done = [span for span in census.done if span.ended < ends]
    return BusyResult(
        messages_a_second=answers.rate_beside(done),
        lost_seconds=answers.lost_seconds(done, interval_seconds),
        interval_seconds=interval_seconds,
        censuses_due=censuses,
        census_seconds=median(span.ended - span.began for span in done) if done else None,
        extra_bytes=extra.size_bytes,
        resident_bytes=rss_bytes,
    )


async def _take_beside(bot: Bot, census: Census) -> None:
    counting = asyncio.create_task(asyncio.to_thread(census.take))
    while not counting.done():
        await bot.answer_next()
        await asyncio.sleep(0)


def _kind_of_bot(name: str) -> Callable[[Brain], Bot]:
    if name == "bare":
        return BareBot
    # Not before it is asked for: it takes seconds, and brings a quarter of a million objects.
    from support.aiogram_bot import AiogramBot

    return AiogramBot


def main() -> None:
    """Build the heap, measure, print."""
    way_name, bot_name, objects = sys.argv[1], sys.argv[2], int(sys.argv[3])
    censuses, interval_seconds = int(sys.argv[4]), float(sys.argv[5])
    if sys.argv[6] == "one":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    kind_of_bot = _kind_of_bot(bot_name)
    bot = kind_of_bot(Brain(build(chats_for(objects))))
    way = WAYS[way_name].make()
    gc.collect()
    gc.disable()
    print(json.dumps(asdict(asyncio.run(measure(bot, way, censuses, interval_seconds)))))


if __name__ == "__main__":
    main()
