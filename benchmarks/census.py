"""The census beside its peers: how long it takes, whom it keeps waiting, what a busy bot loses, what memory it needs.

Usage: python benchmarks/census.py [--heaps OBJECTS…] [--ways NAME…] [--rounds N] [--quick]   (--help has more)

Every way of counting runs in processes of its own on the same heap (support/heap.py), in turn, so that a busy machine
meets all alike; a number is the median of the rounds. "Longest stall" is the longest time that a thread which never
sleeps, or an asyncio loop which ticks every millisecond, got nothing done during one count. "ns an object" divides by
what there is to count, not by what was found. "Extra memory" is the peak of the process and its copies together, less
what the process had before (support/memory.py); beside a busy bot that of the second count. The busy bots
(support/bot.py) answer messages as fast as they can on the largest heap, with a census every ten seconds: one on
aiogram, and one without a framework, which ten times as often writes all over its memory. Beside them botvitals does
all that it does every interval, the readings of processes, threads and limits included; a peer just counts.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

from botvitals_exporter.sources.census.native import find_native_core
from support.budgets import Verdict, budget_table, busy_verdicts, count_verdicts
from support.busy_bot import BusyResult
from support.busy_table import BusyRow, busy_table
from support.count_table import count_table, median_of
from support.heap import chats_for
from support.line_up import WAYS
from support.machine import describe_machine, number_of_cores
from support.one_count import CountResult
from support.running import MeasuringError, run_json

HEAPS = (100_000, 900_000, 2_600_000)
QUICK_HEAPS = (100_000,)
BOTS = ("aiogram", "bare")


def main() -> None:
    """Measure and print, table by table."""
    options = _options()
    print("## Census\n")
    print(f"On {describe_machine()}. {_native_core()}\n")
    verdicts: list[Verdict] = []
    for objects in options.heaps:
        verdicts += measure_counts(objects, options.ways, options.rounds)
    verdicts += measure_busy_bots(options.heaps[-1], options)
    print("### Budgets\n")
    print(budget_table(verdicts), flush=True)


def measure_counts(objects: int, names: Sequence[str], rounds: int) -> Iterable[Verdict]:
    """Print the table of one heap and return what it says of the budgets."""
    number_of_chats = chats_for(objects)
    results: dict[str, list[CountResult]] = {name: [] for name in names}
    failures: dict[str, str] = {}
    for turn in range(rounds):
        for name in names:
            if name in failures:
                continue
            _say(f"{objects:,} objects, round {turn + 1} of {rounds}: {name}")
            try:
                results[name].append(CountResult(**run_json("support.one_count", name, number_of_chats)))
            except MeasuringError as error:
                failures[name] = str(error)
    medians = {name: median_of(each) for name, each in results.items() if each and name not in failures}
    complete = [medians[name].objects for name in ("snapshot", "inline", "python") if name in medians]
    heap_objects = complete[0] if complete else float(objects)
    rss_bytes = next((result.resident_bytes for result in medians.values()), 0.0)
    print(f"### {heap_objects:,.0f} objects, {rss_bytes / (1 << 20):,.0f} MB RSS\n")
    print(count_table({_title(name): medians.get(name, failures.get(name, "")) for name in names}, heap_objects))
    print(flush=True)
    return count_verdicts(f"{objects:,}", medians)


def measure_busy_bots(objects: int, options: argparse.Namespace) -> Iterable[Verdict]:
    """Print what the busy bots lose and return what that says of the budgets."""
    rows: list[BusyRow] = []
    verdicts: list[Verdict] = []
    for name, bot, cores in _busy_runs(options.busy_ways):
        result: BusyResult | str
        number = 1 if cores == "one" else number_of_cores()
        _say(f"{bot} bot, {objects:,} objects, cores: {number}: {name}")
        settings = (options.censuses, options.interval, cores)
        try:
            result = BusyResult(**run_json("support.busy_bot", name, bot, objects, *settings))
        except MeasuringError as error:
            result = str(error)
        rows.append(BusyRow(_title(name), bot, number, result))
        if name == "snapshot" and isinstance(result, BusyResult):
            verdicts += busy_verdicts(f"{objects:,}", f"{bot} bot", number, result)
    print(f"### A busy bot of {objects:,} objects, a census every {options.interval:g} s\n")
    print(busy_table(rows))
    print(flush=True)
    return verdicts


def _busy_runs(names: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    for bot in BOTS:
        yield from ((name, bot, "all") for name in names)
        # A second core makes no difference to what counts in the bot's own process: it holds the bot up either way.
        if hasattr(os, "sched_setaffinity") and number_of_cores() > 1:
            yield from ((name, bot, "one") for name in names if WAYS[name].counts_beside)


def _title(name: str) -> str:
    entry = WAYS[name]
    if entry.distribution is None:
        return entry.title
    try:
        return f"{entry.title} ({version(entry.distribution)})"
    except PackageNotFoundError:
        return entry.title


def _native_core() -> str:
    core = find_native_core()
    return f"Without the native core: {core}." if isinstance(core, str) else "With the native core."


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The census beside its peers.")
    parser.add_argument("--heaps", type=int, nargs="+", default=HEAPS, help="sizes of the heaps, in objects")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="which ways of counting")
    parser.add_argument("--busy-ways", nargs="*", choices=WAYS, help="which ways beside the busy bot")
    parser.add_argument("--rounds", type=int, default=3, help="processes for each way and heap")
    parser.add_argument("--censuses", type=int, default=10, help="how many beside each busy bot")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds from one census to the next")
    parser.add_argument("--quick", action="store_true", help="one small heap, once: that it runs, not how fast")
    options = parser.parse_args()
    if options.quick:
        options.heaps, options.rounds = QUICK_HEAPS, 1
        options.censuses, options.interval = 2, 1.5
        options.busy_ways = ["snapshot"]
    if options.busy_ways is None:
        options.busy_ways = [name for name in options.ways if WAYS[name].meets_busy_bot]
    return options


if __name__ == "__main__":
    main()
