import gc
import threading
import weakref

import pytest

from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.sources.operation_histograms import OPERATION_SLOTS
from botvitals_exporter.sources.operations import BATCH, OperationsSource
from support_operations import EPOCH, FakeTimers, operation


@pytest.fixture
def timers():
    return FakeTimers()


@pytest.fixture
def source(timers):
    watching = OperationsSource(timers, lambda: EPOCH)
    watching.watch()
    return watching


def counted(source, *names):
    return sum(source.read().durations[names].counts)


@pytest.mark.parametrize("number", [1, BATCH - 1, BATCH, BATCH + 1, 5 * BATCH])
def test_every_finished_operation_is_there_at_the_next_reading(source, timers, number):
    timers.finish(*(operation("reply") for _ in range(number)))
    assert counted(source, "reply", "ok") == number
    assert counted(source, "reply", "ok") == number


def test_an_abandoned_operation_enters_no_histogram(source, timers):
    timers.finish(operation("reply", 3600.0, "abandoned", ("state", 1.0)))
    assert source.read().durations == {}
    assert source.read().segments == {}


def test_an_operation_that_was_only_started_is_there_at_zero(source, timers):
    timers.names = ["reply"]
    reading = source.read()
    assert sum(reading.durations["reply", "ok"].counts) == 0
    assert sum(reading.durations["reply", "error"].counts) == 0
    assert reading.in_progress == {"reply": 0}
    assert reading.abandoned == {"reply": 0}


def test_running_and_abandoned_timers_are_those_of_now(source, timers):
    timers.names = ["reply", "menu"]
    timers.running, timers.given_up = {"reply": 2}, {"menu": 1}
    assert source.read().in_progress == {"reply": 2, "menu": 0}
    timers.running = {}
    assert source.read().in_progress == {"reply": 0, "menu": 0}
    assert source.read().abandoned == {"reply": 0, "menu": 1}


def test_running_and_abandoned_timers_beyond_the_slots_are_summed(source, timers):
    names = ["x" * (number + 1) for number in range(OPERATION_SLOTS + 2)]
    timers.names = names
    timers.running = dict.fromkeys(names, 2)
    reading = source.read()
    assert len(reading.in_progress) == OPERATION_SLOTS + 1
    assert reading.in_progress[OTHER] == 4
    assert reading.abandoned[OTHER] == 0
    assert reading.is_summed


def test_after_stop_nothing_is_counted_and_the_timers_let_go_of_the_source(timers):
    source = OperationsSource(timers)
    source.watch()
    source.watch()
    assert len(timers.callbacks) == 1
    source.stop()
    source.stop()
    assert timers.callbacks == []
    gone = weakref.ref(source)
    del source
    gc.collect()
    assert gone() is None


def test_operations_that_end_while_others_are_added_up_wait_for_nobody(source, timers):
    class EndsAnother(str):
        """A name that a finalizer or a signal handler could interrupt: asked for its hash, it ends a timer."""

        armed = True

        def __hash__(self) -> int:
            if self.armed:
                EndsAnother.armed = False
                timers.finish(*(operation("inner") for _ in range(2 * BATCH)))
            return super().__hash__()

    timers.finish(operation(EndsAnother("outer")), *(operation("outer") for _ in range(BATCH)))
    assert not EndsAnother.armed
    assert counted(source, "inner", "ok") == 2 * BATCH
    assert counted(source, "outer", "ok") == BATCH + 1


def test_threads_that_finish_operations_lose_none_and_a_scrape_sees_whole_ones(source, timers):
    per_thread, duration = 2_000, 2.0
    one = operation("reply", duration, "ok", ("state", 0.5), ("dispatch", 1.0))

    def work():
        for _ in range(per_thread):
            timers.finish(one)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        reading = source.read()
        if not reading.durations:
            continue
        finished = sum(reading.durations["reply", "ok"].counts)
        assert reading.durations["reply", "ok"].total == finished * duration
        assert {sum(segment.counts) for segment in reading.segments.values()} <= {finished}
        assert sum(segment.total for segment in reading.segments.values()) == finished * duration
    for thread in threads:
        thread.join()
    assert counted(source, "reply", "ok") == 4 * per_thread


def test_what_waits_to_be_added_up_is_bounded(source, timers):
    class Counting(type(source._finished)):
        longest = 0

        def append(self, item):
            super().append(item)
            Counting.longest = max(Counting.longest, len(self))

    source._finished = Counting()
    timers.finish(*(operation("reply") for _ in range(10 * BATCH)))
    assert Counting.longest == BATCH
