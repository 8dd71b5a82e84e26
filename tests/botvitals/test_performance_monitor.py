import time

import pytest

import botvitals
from botvitals.operation import Checkpoint, Operation
from support_timers import START_SECONDS, Watched


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_the_calls_return_the_start_the_seconds_so_far_and_the_duration(watched: Watched) -> None:
    assert watched.monitor.start_timer("reply_5", "回复") == START_SECONDS
    watched.pass_seconds(0.5)
    assert watched.monitor.checkpoint("reply_5", "step1", "完成步骤1") == 0.5
    watched.pass_seconds(0.25)
    assert watched.monitor.end_timer("reply_5", "操作完成") == 0.75


def test_the_calls_return_none_where_no_such_timer_runs(watched: Watched) -> None:
    monitor = watched.monitor
    assert monitor.checkpoint("never", "step") is None
    assert monitor.end_timer("never") is None
    assert monitor.get_operation_summary("never") is None
    assert monitor.carrier("never") == {}
    monitor.clear_operation("never")
    monitor.start_timer("once")
    monitor.end_timer("once")
    assert monitor.end_timer("once") is None
    assert monitor.checkpoint("once", "late") is None
    assert len(watched.operations) == 1
    assert watched.operations[0].checkpoints == ()


def test_a_summary_says_all_that_is_known(watched: Watched) -> None:
    with watched.monitor.timer("face_swap_9", "换脸") as timer:
        watched.pass_seconds(1.5)
        timer.checkpoint("download", "已下载")
        watched.pass_seconds(0.5)
    span = watched.span
    assert span.context is not None
    assert watched.monitor.get_operation_summary("face_swap_9") == {
        "operation_id": "face_swap_9",
        "name": "face_swap",
        "description": "换脸",
        "start_time": START_SECONDS,
        "end_time": START_SECONDS + 2.0,
        "duration": 2.0,
        "timestamp": local(START_SECONDS + 2.0),
        "outcome": "ok",
        "checkpoints": [
            {"name": "download", "description": "已下载", "elapsed": 1.5, "timestamp": local(START_SECONDS + 1.5)}
        ],
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
    }


def local(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def test_a_summary_of_a_running_timer_has_no_end_yet(watched: Watched) -> None:
    watched.monitor.start_timer("reply")
    watched.pass_seconds(3)
    summary = watched.monitor.get_operation_summary("reply")
    assert summary is not None
    assert (summary["duration"], summary["end_time"], summary["outcome"]) == (3.0, None, None)


def test_a_finished_timer_is_handed_on_once_as_an_operation(watched: Watched) -> None:
    with watched.monitor.timer("reply_17", "回复", name="answer") as timer:
        watched.pass_seconds(1)
        timer.checkpoint("step", "完成")
    context = watched.span.context
    assert context is not None
    assert watched.operations == [
        Operation(
            operation_id="reply_17",
            name="answer",
            description="回复",
            start_seconds=START_SECONDS,
            duration_seconds=1.0,
            outcome="ok",
            checkpoints=(Checkpoint("step", "完成", 1.0),),
            trace_id=f"{context.trace_id:032x}",
            span_id=f"{context.span_id:016x}",
            is_sampled=True,
        )
    ]


def test_a_subscriber_hears_nothing_more_once_it_has_left(watched: Watched) -> None:
    heard: list[Operation] = []
    leave, stay = watched.monitor.subscribe(heard.append), watched.monitor.subscribe(heard.append)
    leave()
    leave()
    with watched.monitor.timer("reply"):
        pass
    assert len(heard) == 1
    stay()
    with watched.monitor.timer("reply"):
        pass
    assert len(heard) == 1


def test_a_subscriber_that_raises_is_logged_once_and_counted(watched: Watched) -> None:
    def broken(_operation: Operation) -> None:
        raise RuntimeError("token=hunter2hunter2")

    watched.monitor.subscribe(broken)
    heard: list[Operation] = []
    watched.monitor.subscribe(heard.append)
    for _ in range(3):
        watched.monitor.start_timer("reply")
        assert watched.monitor.end_timer("reply") == 0.0
    assert watched.monitor.subscriber_failures() == 3
    assert len(heard) == 3
    (line,) = [text for text in watched.lines.texts if "RuntimeError" in text]
    assert "hunter2" not in line


def test_a_cleared_operation_is_forgotten(watched: Watched) -> None:
    with watched.monitor.timer("reply"):
        pass
    watched.monitor.clear_operation("reply")
    assert watched.monitor.get_operation_summary("reply") is None


def test_clearing_a_running_timer_ends_its_span_as_abandoned(watched: Watched) -> None:
    watched.monitor.start_timer("reply_1")
    watched.monitor.clear_operation("reply_1")
    assert watched.monitor.end_timer("reply_1") is None
    assert watched.monitor.get_operation_summary("reply_1") is None
    assert watched.span.attributes is not None
    assert watched.span.attributes["botvitals.operation.outcome"] == "abandoned"
    assert watched.monitor.abandoned() == {"reply": 1}
    assert [operation.outcome for operation in watched.operations] == ["abandoned"]


def test_names_exist_from_the_first_start_and_running_timers_are_counted_by_name(watched: Watched) -> None:
    monitor = watched.monitor
    assert (monitor.started(), monitor.in_progress()) == ((), {})
    for user in range(3):
        monitor.start_timer(f"reply_{user}")
    monitor.start_timer("menu")
    assert list(monitor.started()) == ["reply", "menu"]
    assert monitor.in_progress() == {"reply": 3, "menu": 1}
    monitor.end_timer("reply_1")
    assert monitor.in_progress() == {"reply": 2, "menu": 1}
    assert monitor.abandoned() == {}


@pytest.mark.parametrize("jump_seconds", [3600, -3600])
def test_a_wall_clock_that_jumps_changes_no_duration(watched: Watched, jump_seconds: int) -> None:
    watched.monitor.start_timer("reply")
    watched.wall_ns += jump_seconds * 10**9
    watched.pass_seconds(2)
    assert watched.monitor.checkpoint("reply", "step") == 2.0
    assert watched.monitor.end_timer("reply") == 2.0
    span = watched.span
    assert span.start_time == START_SECONDS * 1e9
    assert span.end_time == span.start_time + 2 * 10**9
    assert span.events[0].timestamp == span.end_time
    assert watched.wall_clock_readings == 1


def test_a_block_can_be_entered_inside_itself(watched: Watched) -> None:
    block = watched.monitor.timer("reply")
    with block as outer:
        watched.pass_seconds(1)
        with block as inner:
            assert inner.checkpoint("step") == 0.0
        assert outer.checkpoint("step") == 1.0
    assert [operation.duration_seconds for operation in watched.operations] == [0.0, 1.0]


def test_a_block_that_was_left_takes_no_checkpoint(watched: Watched) -> None:
    with watched.monitor.timer("reply") as timer:
        pass
    assert timer.checkpoint("late") is None
    assert watched.lines.texts[-1].endswith("未找到计时器 reply")


def test_a_block_whose_timer_was_ended_by_id_leaves_quietly(watched: Watched) -> None:
    with watched.monitor.timer("reply"):
        watched.monitor.end_timer("reply", "完成")
    assert len(watched.operations) == 1
    assert not any("警告" in text for text in watched.lines.texts)


def test_without_a_tracer_all_but_the_span_is_there() -> None:
    watched = Watched(traced=False)
    watched.monitor.start_timer("reply")
    assert watched.monitor.carrier("reply") == {}
    watched.monitor.end_timer("reply")
    assert watched.spans == ()
    assert watched.operations[0].trace_id == ""
    assert len(watched.lines.texts) == 2


def test_one_process_has_one_monitor() -> None:
    assert botvitals.get_performance_monitor() is botvitals.get_performance_monitor()
