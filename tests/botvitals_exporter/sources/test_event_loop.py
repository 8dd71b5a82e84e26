import asyncio
import gc
import logging
import os
import sys
import threading
import time
import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import pytest

from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.event_loop_watch import EventLoopWatch
from botvitals_exporter.sources.event_loop import BEAT_SECONDS, EventLoopSource

MAKERS: list[Callable[[], AbstractEventLoop]] = [asyncio.new_event_loop]
if sys.platform != "win32":
    import uvloop

    MAKERS.append(uvloop.new_event_loop)


class FakeLoop(asyncio.SelectorEventLoop):
    """A loop that never runs: `turn` runs what is due by a clock that stands still unless told."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def beats(self) -> list[asyncio.TimerHandle]:
        return [handle for handle in self._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]

    def turn(self, seconds: float) -> None:
        """Let so much time pass, in which the loop does nothing, then one turn of the loop."""
        self.now += seconds
        self.call_soon(self.stop)
        self.run_forever()

    def run_with(self, *steps: float) -> None:
        """Run without a stop while so many seconds pass before each turn."""

        async def run() -> None:
            # The first beat is of a timer from an earlier run, and counts for nothing.
            for seconds in (BEAT_SECONDS, *steps):
                self.now += seconds
                # What is due runs in the second turn from here.
                await asyncio.sleep(0)
                await asyncio.sleep(0)

        self.run_until_complete(run())


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def loop() -> Iterator[FakeLoop]:
    loop = FakeLoop()
    yield loop
    loop.close()


@pytest.fixture
def source(loop: FakeLoop, said: list[str]) -> Iterator[EventLoopSource]:
    """Follows `loop` by its clock, and is stopped with no timer left and nothing said."""
    source = EventLoopSource(Failures(said.append), clock=loop.time)
    source.attend(loop)
    loop.turn(0)
    yield source
    source.stop()
    loop.turn(0)
    assert loop.beats() == []
    assert said == []


def observed(source: EventLoopSource) -> tuple[int, float]:
    lag = source.read().lag
    assert lag is not None
    return sum(lag.counts), round(lag.total, 6)


def test_a_loop_that_runs_on_time_has_no_lag(loop: FakeLoop, source: EventLoopSource) -> None:
    loop.run_with(BEAT_SECONDS, BEAT_SECONDS, BEAT_SECONDS)
    assert observed(source) == (3, 0.0)


def test_a_loop_blocked_for_three_seconds_makes_one_observation(loop: FakeLoop, source: EventLoopSource) -> None:
    loop.run_with(BEAT_SECONDS + 3.0, BEAT_SECONDS)
    lag = source.read().lag
    assert lag is not None
    assert observed(source) == (2, 3.0)
    assert dict(zip((*lag.bounds, None), lag.counts, strict=True))[5.0] == 1


def test_between_two_beats_nothing_runs(loop: FakeLoop, source: EventLoopSource) -> None:
    loop.run_with(*[BEAT_SECONDS / 50] * 49)
    assert observed(source) == (0, 0.0)
    assert len(loop.beats()) == 1


def test_a_loop_that_stood_still_without_running_was_not_late(loop: FakeLoop, source: EventLoopSource) -> None:
    loop.run_with(BEAT_SECONDS)
    loop.turn(60.0)
    assert observed(source) == (1, 0.0)
    loop.run_with(BEAT_SECONDS + 0.25)
    assert observed(source) == (2, 0.25)


def test_attending_a_loop_twice_observes_once(loop: FakeLoop, source: EventLoopSource) -> None:
    source.attend(loop)
    loop.run_with(BEAT_SECONDS + 0.1)
    assert observed(source) == (2, 0.1)
    assert len(loop.beats()) == 1


def test_before_any_loop_there_is_no_histogram(said: list[str]) -> None:
    reading = EventLoopSource(Failures(said.append)).read()
    assert (reading.lag, reading.tasks) == (None, None)


def test_a_closed_loop_is_a_failure_that_is_said_and_not_raised(said: list[str]) -> None:
    closed = asyncio.new_event_loop()
    closed.close()
    source = EventLoopSource(Failures(said.append))
    source.attend(closed)
    assert said == ["event loop: RuntimeError: Event loop is closed"]
    assert source.read().lag is None


def test_what_fails_in_a_beat_is_noted_and_the_loop_never_notices(
    loop: FakeLoop, said: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = EventLoopSource(Failures(said.append), clock=loop.time)
    source.attend(loop)
    loop.turn(0)
    monkeypatch.setattr(asyncio, "all_tasks", lambda _loop: 1 / 0)
    loop.run_with(BEAT_SECONDS, BEAT_SECONDS)
    assert said == ["event loop: ZeroDivisionError: division by zero"]
    assert observed(source)[0] == 2
    assert caplog.records == []
    source.stop()
    assert loop.beats() == []


def test_no_timer_holds_what_the_calling_task_holds(loop: FakeLoop, source: EventLoopSource) -> None:
    class Thing:
        pass

    thing = Thing()
    kept = weakref.ref(thing)
    variable: ContextVar[Thing] = ContextVar("variable")

    async def attend_holding(held: Thing) -> None:
        variable.set(held)
        source.attend(loop)
        await asyncio.sleep(0)

    loop.run_until_complete(attend_holding(thing))
    del thing
    gc.collect()
    assert loop.beats()
    assert kept() is None


def test_a_loop_dropped_without_a_word_is_not_kept_alive(said: list[str]) -> None:
    dropped = FakeLoop()
    source = EventLoopSource(Failures(said.append))
    source.attend(dropped)
    dropped.turn(0)
    kept = weakref.ref(dropped)
    with pytest.warns(ResourceWarning):  # noqa: PT031 - either may be what frees it
        del dropped
        gc.collect()
    assert kept() is None
    assert source.read().tasks is None


def test_counting_many_tasks_rests_two_hundred_times_as_long_as_it_took(
    loop: FakeLoop, source: EventLoopSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []

    def slowly_all_tasks(_loop: AbstractEventLoop) -> list[None]:
        counted.append(loop.now)
        loop.now += 0.01
        return [None] * 7

    monkeypatch.setattr(asyncio, "all_tasks", slowly_all_tasks)
    loop.run_with(*[BEAT_SECONDS] * 8)
    assert source.read().tasks is None  # nothing runs now
    assert [round(when, 2) for when in counted] == [100.5, 103.01]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_stops_without_waiting_for_a_lock_that_nobody_will_release(said: list[str]) -> None:
    source = EventLoopSource(Failures(said.append))
    source._pid += 1  # as a child of the process that made it sees it
    held = threading.Event()
    release = threading.Event()

    def hold() -> None:
        with source._lock:
            held.set()
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    stopper = threading.Thread(target=source.stop)
    stopper.start()
    stopper.join(5)
    stopped = not stopper.is_alive()
    release.set()
    holder.join()
    assert stopped


@pytest.fixture
def watched(said: list[str]) -> Iterator[EventLoopSource]:
    """Told by an installed EventLoopWatch, as `botvitals objects` does it."""
    before = asyncio._set_running_loop
    failures = Failures(said.append)
    source = EventLoopSource(failures)
    watch = EventLoopWatch(failures)
    watch.install()
    watch.subscribe(source.follow)
    yield source
    source.stop()
    asyncio._set_running_loop = asyncio.events._set_running_loop = before
    assert said == []


def run(
    source: EventLoopSource,
    make: Callable[[], AbstractEventLoop] = asyncio.new_event_loop,
    block_seconds: float = 0.0,
    debug: bool = False,
) -> None:
    """Run a bot's loop for one beat of ours."""

    async def main() -> None:
        # uvloop is imported here before anyone could watch which loop runs.
        source.attend(asyncio.get_running_loop())
        await asyncio.sleep(BEAT_SECONDS - 0.05)
        time.sleep(block_seconds)
        await asyncio.sleep(0.1)

    with asyncio.Runner(loop_factory=make, debug=debug) as runner:
        runner.run(main())


@pytest.mark.parametrize("make", MAKERS)
def test_a_real_loop_blocked_for_a_fifth_of_a_second_shows_it(
    make: Callable[[], AbstractEventLoop], watched: EventLoopSource
) -> None:
    run(watched, make, block_seconds=0.2)
    count, total = observed(watched)
    assert count == 1
    assert 0.1 < total < 5


@pytest.mark.parametrize("make", MAKERS)
def test_debug_mode_has_nothing_to_say(
    make: Callable[[], AbstractEventLoop], watched: EventLoopSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "asyncio")
    run(watched, make, debug=True)
    assert observed(watched)[0] == 1
    assert [record.getMessage() for record in caplog.records if "elector" not in record.getMessage()] == []


@pytest.mark.parametrize("make", MAKERS)
def test_loops_in_turn_and_in_other_threads_share_one_histogram(
    make: Callable[[], AbstractEventLoop], watched: EventLoopSource
) -> None:
    thread = threading.Thread(target=run, args=[watched, make])
    thread.start()
    run(watched, make)
    thread.join()
    run(watched, make)
    assert observed(watched)[0] == 3
    assert watched.read().tasks is None


def test_the_tasks_of_the_running_loop_are_counted(watched: EventLoopSource) -> None:
    async def main() -> int | None:
        waiting = [asyncio.create_task(asyncio.sleep(60)) for _ in range(9)]
        while (tasks := watched.read().tasks) is None:
            await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        return tasks

    assert asyncio.run(main()) == 10


def test_a_loop_that_ends_has_no_timer_left(watched: EventLoopSource) -> None:
    loop = FakeLoop()
    loop.turn(0)
    assert loop.beats() == []
    loop.close()


def test_stopping_from_another_thread_takes_the_timer_off_the_running_loop(watched: EventLoopSource) -> None:
    loop = FakeLoop()

    async def main() -> list[asyncio.TimerHandle]:
        stopper = threading.Thread(target=watched.stop)
        stopper.start()
        stopper.join()
        await asyncio.sleep(0)
        return loop.beats()

    assert loop.run_until_complete(main()) == []
    loop.close()
