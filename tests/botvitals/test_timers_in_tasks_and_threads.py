import asyncio
import logging
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from support_timers import Watched

TASKS = 100


@pytest.fixture
def watched() -> Watched:
    return Watched(level=logging.ERROR)


def parents(watched: Watched, child: str, parent: str) -> list[str]:
    """Which user's `parent` span each user's `child` span hangs below; both carry the user in a checkpoint."""
    of_span = {span.context.span_id: span for span in watched.spans if span.name == parent and span.context}
    wrong = []
    for span in watched.spans:
        if span.name == child:
            assert span.parent is not None
            above = of_span[span.parent.span_id]
            if user_of(above) != user_of(span):
                wrong.append(f"{user_of(span)} below {user_of(above)}")
    return wrong


def user_of(span: ReadableSpan) -> str:
    return span.events[0].name


def test_a_hundred_tasks_with_one_id_have_a_block_each(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    async def flow(user: int) -> None:
        async with watched.monitor.async_timer("outer") as outer:
            outer.checkpoint(f"user {user}")
            await asyncio.sleep(0)
            async with watched.monitor.async_timer("reply") as timer:
                await asyncio.sleep(0)
                timer.checkpoint(f"user {user}")
                await asyncio.sleep(0)

    run_all(flow)
    assert Counter(span.name for span in watched.spans) == {"outer": TASKS, "reply": TASKS}
    assert parents(watched, "reply", "outer") == []
    assert caplog.records == []


def test_a_hundred_tasks_with_one_id_each_mean_their_own_timer(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    monitor = watched.monitor
    seen: list[tuple[str, str]] = []

    async def flow(user: int) -> None:
        async with monitor.async_timer("outer") as outer:
            outer.checkpoint(f"user {user}")
            monitor.start_timer("reply", f"user {user}")
            await asyncio.sleep(0)
            monitor.checkpoint("reply", f"user {user}")
            await asyncio.sleep(0)
            await asyncio.create_task(step(user))
            await asyncio.to_thread(monitor.checkpoint, "reply", f"thread of user {user}")
            monitor.end_timer("reply")
            await asyncio.sleep(0)
            assert monitor.end_timer("reply") is None
            summary = monitor.get_operation_summary("reply")
            assert summary is not None
            seen.append((summary["description"], f"user {user}"))
            monitor.clear_operation("reply")

    async def step(user: int) -> None:
        await asyncio.sleep(0)
        monitor.checkpoint("reply", f"task of user {user}")

    run_all(flow)
    replies = [span for span in watched.spans if span.name == "reply"]
    assert len(replies) == TASKS
    assert parents(watched, "reply", "outer") == []
    for span in replies:
        user = user_of(span)
        assert [event.name for event in span.events] == [user, f"task of {user}", f"thread of {user}"]
    assert len(seen) == TASKS
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    assert {operation.outcome for operation in watched.operations} == {"ok"}
    assert caplog.records == []


def run_all(flow: object) -> None:
    async def main() -> None:
        await asyncio.gather(*(flow(user) for user in range(TASKS)))  # type: ignore[operator]  # a coroutine function

    asyncio.run(main())


def test_a_child_task_that_starts_the_same_id_ends_its_own(watched: Watched) -> None:
    monitor = watched.monitor

    async def child() -> None:
        monitor.start_timer("reply", "child")
        await asyncio.sleep(0)
        monitor.end_timer("reply")

    async def main() -> None:
        monitor.start_timer("reply", "parent")
        task = asyncio.create_task(child())
        await asyncio.sleep(0)
        monitor.checkpoint("reply", "of the parent")
        await task
        monitor.end_timer("reply")

    asyncio.run(main())
    assert [(operation.description, len(operation.checkpoints)) for operation in watched.operations] == [
        ("child", 0),
        ("parent", 1),
    ]


def test_a_timer_can_be_ended_where_it_was_not_started(watched: Watched) -> None:
    # A thread of an executor knows nothing of the context that it was asked from.
    monitor = watched.monitor
    with ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            pool.submit(monitor.start_timer, "webhook").result()
            assert monitor.checkpoint("webhook", "here") == 0.0
            assert pool.submit(monitor.checkpoint, "webhook", "there").result() == 0.0
            assert monitor.end_timer("webhook") == 0.0
            watched.pass_seconds(1)
    assert [len(operation.checkpoints) for operation in watched.operations] == [2, 2, 2]


def test_of_two_timers_started_elsewhere_the_last_is_meant(watched: Watched) -> None:
    monitor = watched.monitor
    with ThreadPoolExecutor(2) as pool:
        for description in ("first", "second"):
            pool.submit(monitor.start_timer, "webhook", description).result()
            watched.pass_seconds(1)
    monitor.end_timer("webhook")
    monitor.end_timer("webhook")
    assert [operation.description for operation in watched.operations] == ["second", "first"]


def test_an_id_started_again_is_a_second_timer_beside_the_first(watched: Watched) -> None:
    monitor = watched.monitor
    monitor.start_timer("reply", "first")
    watched.pass_seconds(1)
    monitor.start_timer("reply", "second")
    assert monitor.end_timer("reply") == 0.0
    assert monitor.end_timer("reply") == 1.0
    assert monitor.end_timer("reply") is None


def test_many_timers_at_once_in_one_task_are_all_found(watched: Watched) -> None:
    monitor = watched.monitor
    for number in range(100):
        monitor.start_timer(f"step {number}")
    assert [monitor.end_timer(f"step {number}") for number in range(100)] == [0.0] * 100


def test_threads_that_start_and_end_at_once_lose_nothing(watched: Watched) -> None:
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(50):
            watched.monitor.start_timer("shared")
            watched.monitor.checkpoint("shared", "step")
            watched.monitor.end_timer("shared")
            with watched.monitor.timer(f"own_{number}_{turn}"):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(operation.name for operation in watched.operations) == {"shared": 400, "own": 400}
    assert {len(operation.checkpoints) for operation in watched.operations if operation.name == "shared"} == {1}
    assert watched.monitor.in_progress() == {}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_starts_with_nothing(watched: Watched) -> None:
    monitor = watched.monitor
    watched.provider.shutdown()
    pid = 0
    with monitor.timer("with"):
        monitor.start_timer("by id")
        pid = os.fork()
        if pid == 0:
            # pytest must not go on in here, whatever happens.
            code = 1
            try:
                monitor.forget_all()
                assert monitor.in_progress() == {}
                assert list(monitor.started()) == []
                assert monitor.end_timer("by id") is None
                monitor.start_timer("by id")
                assert monitor.end_timer("by id") is not None
                assert watched.operations == []
                code = 0
            finally:
                os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert monitor.end_timer("by id") == 0.0
    assert [operation.operation_id for operation in watched.operations] == ["with", "by id"]
