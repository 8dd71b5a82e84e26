"""The census beside its peers: how long it takes, whom it keeps waiting, what a busy bot loses, what memory it needs.

Usage: python benchmarks/census.py [--heaps OBJECTS…] [--ways NAME…] [--rounds N] [--quick]   (--help has more)

Every way of counting runs in processes of its own on the same heap (support/heap.py), in turn, so that a busy machine
meets all alike; a number is the median of the rounds. "Longest stall" is the longest time that a thread which never
sleeps, or an asyncio loop which ticks every millisecond, got nothing done during one count. "ns an object" divides by
what there is to count, not by what was found. "Extra memory" is the peak of the process and its copies together, less
what the process had before (support/memory.py). The busy bot (support/bot.py) answers messages as fast as it can on the
largest heap, in windows without and with a census every ten seconds in turn. With `--busy-ways
snapshot inline`, which watches it beside these two alone, all of it takes 18 minutes.
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


def main() -> None:
    """Measure and print, table by table."""
    options = _options()
    print("## Census\n")
    print(f"On {describe_machine()}. {_native_core()}\n")
    verdicts: list[Verdict] = []
    for objects in options.heaps:
        verdicts += measure_counts(objects, options.ways, options.rounds)
    verdicts += measure_busy_bot(options.heaps[-1], options)
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


def measure_busy_bot(objects: int, options: argparse.Namespace) -> Iterable[Verdict]:
    """Print what the busy bot loses and return what that says of the budgets."""
    number_of_chats = chats_for(objects)
    settings = (options.window, options.pairs, options.interval)
    rows: dict[tuple[str, str], BusyRow] = {}
    verdicts: list[Verdict] = []
    for name, cores in _busy_runs(options.busy_ways):
        result: BusyResult | str
        number = 1 if cores == "one" else number_of_cores()
        _say(f"busy bot, {objects:,} objects, cores: {number}: {name}")
        try:
            result = BusyResult(**run_json("support.busy_bot", name, number_of_chats, *settings, cores))
        except MeasuringError as error:
            result = str(error)
        rows[name, cores] = BusyRow(_title(name), number, result)
        if name == "snapshot" and isinstance(result, BusyResult):
            verdicts += busy_verdicts(f"{objects:,}", number, result)
    print(f"### A busy bot of {objects:,} objects, a census every {options.interval:g} s\n")
    print(
        f"{options.pairs} × {options.window:g} s without and with, in turn; "
        f"noise is how far apart the windows without are.\n"
    )
    print(busy_table(rows))
    print(flush=True)
    return verdicts


def _busy_runs(names: Sequence[str]) -> Iterable[tuple[str, str]]:
    yield from ((name, "all") for name in names)
    # A second core makes no difference to what counts in the bot's own process: it holds the bot up either way.
    if hasattr(os, "sched_setaffinity") and number_of_cores() > 1:
        yield from ((name, "one") for name in names if WAYS[name].counts_beside or name == "inline")


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
    parser.add_argument("--window", type=float, default=30.0, help="seconds that the busy bot is watched at a time")
    parser.add_argument("--pairs", type=int, default=2, help="how many such windows without and with a census")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds from one census to the next")
    parser.add_argument("--quick", action="store_true", help="one small heap, once: that it runs, not how fast")
    options = parser.parse_args()
    if options.quick:
        options.heaps, options.rounds = QUICK_HEAPS, 1
        options.window, options.pairs, options.interval = 0.5, 1, 0.5
        options.busy_ways = ["snapshot"]
    if options.busy_ways is None:
        options.busy_ways = [name for name in options.ways if WAYS[name].meets_busy_bot]
    return options


if __name__ == "__main__":
    main()
