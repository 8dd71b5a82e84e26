import asyncio
import logging

import pytest

from botvitals.language import use_log_language
from support_timers import Watched


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.delenv("BOTVITALS_LANG", raising=False)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    return Watched()


def test_a_start_is_one_line(watched: Watched) -> None:
    watched.monitor.start_timer("operation_id", "操作描述")
    assert watched.lines.texts == ["⏱️  [PERF] 开始: operation_id - 操作描述"]


def test_a_checkpoint_is_one_line_with_the_seconds_so_far(watched: Watched) -> None:
    watched.monitor.start_timer("operation_id")
    watched.pass_seconds(1.2345)
    watched.monitor.checkpoint("operation_id", "checkpoint_name", "检查点描述")
    assert watched.lines.texts[1:] == ["⏱️  [PERF] 检查点: operation_id.checkpoint_name - 检查点描述 | 已耗时: 1.234s"]


def test_an_end_is_one_line_with_the_duration(watched: Watched) -> None:
    watched.monitor.start_timer("operation_id")
    watched.pass_seconds(62.5)
    watched.monitor.end_timer("operation_id", "操作完成描述")
    assert watched.lines.texts[1:] == ["⏱️  [PERF] 完成: operation_id - 操作完成描述 | 耗时: 62.500s"]


def test_a_summary_is_one_line(watched: Watched) -> None:
    watched.monitor.start_timer("operation_id")
    watched.pass_seconds(0.25)
    watched.monitor.end_timer("operation_id")
    watched.monitor.log_operation_summary("operation_id")
    assert watched.lines.texts[2:] == ["⏱️  [PERF] 总结: operation_id - 总耗时: 0.250s"]


@pytest.mark.parametrize("call", ["end_timer", "log_operation_summary", "carrier"])
def test_a_timer_that_does_not_run_is_warned_of(watched: Watched, call: str) -> None:
    getattr(watched.monitor, call)("operation_id")
    assert watched.lines.texts == ["⏱️  [PERF] 警告: 未找到计时器 operation_id"]
    assert watched.lines.records[0].levelno == logging.WARNING


def test_all_other_lines_are_info(watched: Watched) -> None:
    with watched.monitor.timer("operation_id") as timer:
        timer.checkpoint("step")
    watched.monitor.log_operation_summary("operation_id")
    assert [record.levelno for record in watched.lines.records] == [logging.INFO] * 4


def test_empty_descriptions_are_left_out(watched: Watched) -> None:
    with watched.monitor.timer("operation_id") as timer:
        timer.checkpoint("step")
    assert watched.lines.texts == [
        "⏱️  [PERF] 开始: operation_id",
        "⏱️  [PERF] 检查点: operation_id.step | 已耗时: 0.000s",
        "⏱️  [PERF] 完成: operation_id | 耗时: 0.000s",
    ]


@pytest.mark.parametrize("error", [ValueError("bad"), asyncio.CancelledError()])
def test_an_exception_is_named_at_the_end_of_its_line(watched: Watched, error: BaseException) -> None:
    with pytest.raises(type(error)), watched.monitor.timer("operation_id"):
        raise error
    assert watched.lines.texts[1] == f"⏱️  [PERF] 完成: operation_id | 耗时: 0.000s | 异常: {type(error).__name__}"


def fail(seconds: float | None) -> None:
    raise ValueError(f"bad after {seconds}")


def test_the_lines_are_english_where_the_variable_says_so(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTVITALS_LANG", "en")
    block = watched.monitor.timer("operation_id", "what it is")
    with pytest.raises(ValueError, match="bad"), block:
        fail(block.checkpoint("step", "done"))
    watched.monitor.log_operation_summary("operation_id")
    watched.monitor.end_timer("operation_id")
    assert watched.lines.texts == [
        "⏱️  [PERF] Started: operation_id - what it is",
        "⏱️  [PERF] Checkpoint: operation_id.step - done | elapsed: 0.000s",
        "⏱️  [PERF] Done: operation_id | took: 0.000s | exception: ValueError",
        "⏱️  [PERF] Summary: operation_id - total: 0.000s",
        "⏱️  [PERF] Warning: no timer operation_id",
    ]


def test_the_option_goes_before_the_variable(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTVITALS_LANG", "zh")
    use_log_language("en")
    try:
        watched.monitor.start_timer("operation_id")
    finally:
        use_log_language(None)
    watched.monitor.end_timer("operation_id")
    assert [text.split()[2] for text in watched.lines.texts] == ["Started:", "完成:"]


def test_nothing_is_formatted_where_the_logger_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(level=logging.ERROR)
    asked: list[str] = []
    monkeypatch.setattr("botvitals.log_lines.log_gettext", lambda message: asked.append(message) or message)
    with watched.monitor.timer("operation_id") as timer:
        timer.checkpoint("step")
    watched.monitor.end_timer("operation_id")
    assert watched.lines.texts == []
    assert asked == []


def test_a_log_filter_that_raises_does_not_reach_the_bot(watched: Watched) -> None:
    def refuse(_record: logging.LogRecord) -> bool:
        raise OSError("disk full")

    watched.lines.addFilter(refuse)
    watched.monitor.start_timer("operation_id")
    assert watched.monitor.end_timer("operation_id") == 0.0
