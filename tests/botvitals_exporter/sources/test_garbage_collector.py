import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from botvitals_exporter.sources.collection_pauses import CollectionPauses
from botvitals_exporter.sources.garbage_collector import GarbageCollectorSource

SIGNAL_DURING_A_COLLECTION = """
import gc, signal, time
from botvitals_exporter.sources.collection_pauses import CollectionPauses

gc.disable()
pauses = CollectionPauses(3)
pauses.watch()
heap = [[] for _ in range(1_000_000)]
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    gc.collect()
    time.sleep(2)
    print("lost")
except KeyboardInterrupt:
    print("raised")
"""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def without_automatic_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_counters_are_those_of_the_interpreter() -> None:
    reading = GarbageCollectorSource(count=lambda: 7).read()
    assert len(reading.generations) == len(gc.get_stats())
    assert reading.generations[2].collections == gc.get_stats()[2]["collections"]
    assert reading.tracked_objects == 7
    assert reading.garbage_objects == len(gc.garbage)
    assert reading.pauses == ()


@pytest.mark.usefixtures("without_automatic_collections")
def test_pauses_are_told_by_generation_once_the_next_collection_begins() -> None:
    source = GarbageCollectorSource(count=lambda: 0)
    source.watch_pauses()
    try:
        for generation in (0, 0, 2, 1, 0):
            gc.collect(generation)
        pauses = source.read().pauses
    finally:
        source.stop()
    assert [sum(histogram.counts) for histogram in pauses] == [2, 1, 1]
    assert all(histogram.total > 0 for histogram in pauses)


@pytest.mark.usefixtures("without_automatic_collections")
def test_a_pause_is_as_long_as_the_clock_says() -> None:
    clock = Clock()
    pauses = CollectionPauses(3, clock)

    def three_seconds_pass(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            clock.now += 3

    pauses.watch()
    gc.callbacks.append(three_seconds_pass)
    try:
        gc.collect(1)
        clock.now += 50
        gc.collect(0)
    finally:
        gc.callbacks.remove(three_seconds_pass)
        pauses.stop()
    assert (sum(pauses.read()[1].counts), pauses.read()[1].total) == (1, 3.0)


def test_stopping_leaves_no_callback_and_may_be_repeated() -> None:
    before = list(gc.callbacks)
    source = GarbageCollectorSource()
    source.watch_pauses()
    source.watch_pauses()
    assert len(gc.callbacks) == len(before) + 2
    source.stop()
    source.stop()
    assert gc.callbacks == before


def test_callbacks_that_the_bot_has_cleared_are_not_missed() -> None:
    before = list(gc.callbacks)
    source = GarbageCollectorSource()
    source.watch_pauses()
    gc.callbacks.clear()
    source.stop()
    gc.callbacks.extend(before)
    assert gc.callbacks == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no timers of this kind")
def test_a_signal_during_a_collection_still_reaches_the_bot() -> None:
    program = [sys.executable, "-c", SIGNAL_DURING_A_COLLECTION]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("raised\n", "")


def test_tracked_objects_are_counted_the_more_seldom_the_longer_it_takes() -> None:
    clock = Clock()
    counted = []

    def count() -> int:
        clock.now += 0.05
        counted.append(clock.now)
        return len(counted)

    source = GarbageCollectorSource(count, clock)
    readings = []
    for _ in range(101):
        readings.append(source.read().tracked_objects)
        clock.now += 10
    assert readings[0] == 1
    assert len(counted) == 10


def test_a_number_that_a_census_found_is_taken_instead_of_counting() -> None:
    clock = Clock()

    def count() -> int:
        clock.now += 0.05
        return 1

    source = GarbageCollectorSource(count, clock)
    assert source.read().tracked_objects == 1
    for number in (5, 6, 7):
        clock.now += 99
        source.note_tracked_objects(number)
        clock.now += 1
        assert source.read().tracked_objects == number


def test_by_itself_it_counts_what_the_collector_lists() -> None:
    keep = [[] for _ in range(1000)]  # type: list[list[int]]
    listed = len(gc.get_objects())
    assert abs(GarbageCollectorSource().read().tracked_objects - listed) < 500
    assert len(keep) == 1000
