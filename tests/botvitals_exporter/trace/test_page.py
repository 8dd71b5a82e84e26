from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

from botvitals.language import Language
from botvitals_exporter.trace.glyphs import glyphs_for
from botvitals_exporter.trace.page import page
from botvitals_exporter.trace.report import Report, read_report
from support_language import speaking
from support_recorded_spans import Recording, a_night_of_a_bot

UNICODE, ASCII = glyphs_for("utf-8"), glyphs_for("ascii")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time

    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()
    yield
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def report_of(recording: Recording, tmp_path: Path, **options: object) -> Report:
    path = recording.write(tmp_path / "spans.jsonl")
    return read_report([path], int(str(options.get("top", 10))), None, lambda _read_bytes: None)


def generation() -> Recording:
    recording = Recording()
    confirm = recording.operation(
        "confirm",
        0,
        4.0,
        {"user": 0.5, "api_call": 3.5},
        operation_id="confirm_7_1757421666",
        outcome="error",
        error_type="TimeoutError",
    )
    recording.foreign("POST", 1.0, 2.0, confirm)
    recording.operation("webhook", 180, 1.0, {"parsed": 0.01}, parent=confirm)
    return recording


def without_trace_id(text: Text) -> list[str]:
    return [line[:8] if line.startswith("   trace ") else line for line in text.plain.splitlines()]


def test_a_waterfall_shows_offsets_durations_the_slowest_part_and_what_came_minutes_later(tmp_path: Path) -> None:
    lines = without_trace_id(page(report_of(generation(), tmp_path), 80, UNICODE))
    assert lines[: lines.index("Where the time went")] == [
        "Slowest operations   ◀ slowest part",
        "",
        "#1 confirm · 4.000 s · error TimeoutError",
        "   2026-11-20 22:00:03 · confirm_7_1757421666",
        "   trace",
        "  confirm                          4.000 s  ━━━━━━━━━━━━━━━━━━━━━━━━━┊",
        "    · user                 +0 ms    500 ms  ███                      ┊",
        "    · api_call           +500 ms   3.000 s     ███████████████████ ◀ ┊",
        "    POST                +1.000 s   2.000 s        ━━━━━━━━━━━━━      ┊",
        "    · end               +3.500 s    500 ms                       ████┊",
        "    webhook              +3m 00s   1.000 s                           ┊ ━━━━━━━",
        "      · parsed           +3m 00s     10 ms                           ┊ ▏",
        "      · end              +3m 00s    990 ms                           ┊ ███████ ◀",
        "  ┊ 2m 56s in which nothing ran, not drawn to scale",
        "",
    ]


def test_the_slowest_part_is_marked_even_where_its_bar_fills_the_line(tmp_path: Path) -> None:
    recording = Recording()
    recording.operation("click", 0, 1, {"all": 1.0})
    text = page(report_of(recording, tmp_path), 80, UNICODE).plain
    [line] = [line for line in text.splitlines() if line.startswith("    · all")]
    assert line.endswith("██ ◀")
    assert cell_len(line) == 80


def test_averages_have_shares_below_each_operation(tmp_path: Path) -> None:
    lines = page(report_of(generation(), tmp_path), 80, UNICODE).plain.splitlines()
    table = [line.split() for line in lines[lines.index("Where the time went") :]]
    assert table[1:6] == [
        ["count", "errors", "p50", "p95", "total"],
        ["confirm", "1", "1", "4.000", "s", "4.000", "s", "4.000", "s"],
        ["·", "user", "1", "500", "ms", "500", "ms", "12%"],
        ["·", "api_call", "1", "3.000", "s", "3.000", "s", "75%"],
        ["·", "end", "1", "500", "ms", "500", "ms", "12%"],
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [60, 80, 120, 300])
def test_no_line_is_wider_than_the_terminal(columns: int, language: Language, tmp_path: Path) -> None:
    recording = a_night_of_a_bot()
    recording.operation("上传图片" * 30, 0, 900, {"检查用户状态" * 20: 1.0, "x" * 200: 2.0})
    with speaking(language):
        text = page(report_of(recording, tmp_path), columns, UNICODE).plain
    assert max(map(cell_len, text.splitlines())) <= columns
    assert "◀" in text


def test_signs_are_plain_where_the_terminal_has_no_others(tmp_path: Path) -> None:
    text = page(report_of(a_night_of_a_bot(), tmp_path), 80, ASCII).plain
    text.encode("ascii")
    assert "####" in text
    assert "====" in text


def test_names_are_shown_without_secrets_and_cannot_steer_the_terminal(tmp_path: Path) -> None:
    recording = Recording()
    name = "a\x1b[31m\n"
    token = "12345678:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
    call = recording.operation(name, 0, 1, {f"GET /bot{token}/getMe": 0.5}, operation_id=f"token={token}")
    recording.foreign(f"https://api.telegram.org/bot{token}/getMe", 0.1, 0.2, call)
    text = page(report_of(recording, tmp_path), 140, UNICODE).plain
    assert token not in text
    assert "\x1b" not in text
    assert "a\\x1b[31m\\n" in text


def test_a_trace_of_a_thousand_spans_is_cut_and_says_how_many_rows_more(tmp_path: Path) -> None:
    recording = Recording()
    main = recording.operation("main", 0, 3000)
    for number in range(200):
        recording.operation("click", number, 0.5, parent=main)
    text = page(report_of(recording, tmp_path, top=1), 80, UNICODE).plain
    assert text.count("\n") < 80
    assert "  … 141 more rows\n" in text


def test_timers_that_nobody_ended_are_named(tmp_path: Path) -> None:
    recording = Recording()
    recording.operation("click", 0, 3600, outcome="abandoned")
    text = page(report_of(recording, tmp_path), 80, UNICODE).plain
    assert text == "Timers that nobody ended: click (1)\n"


def test_it_speaks_chinese(tmp_path: Path) -> None:
    report = report_of(generation(), tmp_path)
    with speaking("zh"):
        lines = page(report, 80, UNICODE).plain.splitlines()
    assert lines[0] == "最慢的操作   ◀ 最慢的一段"
    assert lines[2] == "#1 confirm · 4.000 s · 异常 TimeoutError"
    assert "时间都花在哪里" in lines
