"""The census benchmark runs, and every way of counting finds what must be found; how fast is not asked here."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from botvitals_exporter.sources.census.freed_objects import has_freed_referents
from botvitals_exporter.sources.census.native import find_native_core

CENSUS = Path(__file__).parents[2] / "benchmarks" / "census.py"
HAS_NATIVE_CORE = not isinstance(find_native_core(), str)
SNAPSHOTS = ("botvitals, snapshot", "botvitals, snapshot with owners") if HAS_NATIVE_CORE else ()
COMPLETE = (*SNAPSHOTS, "botvitals, inline", "botvitals, walk in Python")
TRACKED_ONLY = ("objgraph typestats", "gc.get_objects in Python", "the same in os.fork")
FOLLOWING = ("pympler summarize", "guppy3 heap")
# Where references lead to freed objects, what follows them is not tried, and its row says why.
OTHERS = () if has_freed_referents() else FOLLOWING

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="one peer forks, and memory is read from /proc")


@cache
def printed() -> str:
    """Return what the benchmark prints when it is in a hurry; it runs once for all the tests."""
    ran = subprocess.run([sys.executable, CENSUS, "--quick"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def rows(heading: str) -> dict[str, list[str]]:
    """Return the cells of the table under `heading` by their first, less a version in brackets."""
    [section] = [part for part in printed().split("\n### ") if heading in part.splitlines()[0]]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {cells[0].split(" (")[0]: cells[1:] for cells in lines[2:]}


def counted(way: str) -> tuple[int, int]:
    """Return how many of the heap's own class, and of all objects, were found."""
    messages, objects, *_others = rows("MB RSS")[way]
    return int(messages.replace(",", "")), int(objects.replace(",", ""))


def test_every_way_has_a_row_in_which_nothing_is_left_out() -> None:
    table = rows("MB RSS")
    for way in (*COMPLETE, *TRACKED_ONLY, *OTHERS):
        assert all(table[way]), way
    for way in FOLLOWING:
        assert has_freed_referents() == ("freed objects" in table[way][0]), way


def test_all_ways_find_the_same_number_of_the_heaps_own_class() -> None:
    messages = {way: counted(way)[0] for way in (*COMPLETE, *TRACKED_ONLY, *OTHERS)}
    assert len(set(messages.values())) == 1, messages
    assert min(messages.values()) >= 50  # a chat of them at least


def test_what_counts_every_object_agrees_within_one_percent_and_finds_more_than_what_is_tracked() -> None:
    walk = counted("botvitals, walk in Python")[1]
    for way in COMPLETE:
        assert counted(way)[1] == pytest.approx(walk, rel=0.01), way
    for way in TRACKED_ONLY:
        assert counted(way)[1] < 0.8 * walk


def test_a_busy_bot_is_watched_and_every_budget_judged() -> None:
    bot = rows("busy bot")["botvitals, snapshot"]
    if HAS_NATIVE_CORE:
        assert int(bot[2].replace(",", "")) > 0
    judged = {cells[-1] for cells in rows("Budgets").values()}
    assert judged <= {"met", "MISSED", ""}
    assert judged & {"met", "MISSED"}


def test_the_machine_is_described() -> None:
    [machine] = [line for line in printed().splitlines() if line.startswith("On ")]
    for part in ("core", "GB memory", "Python", "native core"):
        assert part in machine
