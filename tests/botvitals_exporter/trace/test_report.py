from pathlib import Path

import pytest

from botvitals_exporter.trace import averages
from botvitals_exporter.trace.report import Report, TraceError, read_report
from support_recorded_spans import Recording, a_night_of_a_bot


def report_of(*paths: Path, top: int = 10, operation: str | None = None) -> Report:
    return read_report(paths, top, operation, lambda _read_bytes: None)


def names(report: Report) -> list[str]:
    return [slow.rows[0].part.name for slow in report.slowest]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return a_night_of_a_bot().write(tmp_path / "spans.jsonl")


def test_the_slowest_come_first_and_carry_their_whole_trace(night: Path) -> None:
    report = report_of(night, top=2)
    assert names(report) == ["confirm_generation"] * 2
    assert report.slowest[0].rows[0].part.duration_ns > report.slowest[1].rows[0].part.duration_ns
    parts = [row.part.name for row in report.slowest[0].rows]
    assert {"api_call", "POST", "webhook", "handled_in_background"} <= set(parts)


def test_a_trace_ranks_by_its_slowest_operation_wherever_that_stands(tmp_path: Path) -> None:
    recording = Recording()
    click = recording.operation("click", 0, 0.1)
    recording.operation("webhook", 100, 30, parent=click)
    recording.operation("photo", 200, 5)
    assert names(report_of(recording.write(tmp_path / "a"))) == ["click", "photo"]


def test_averages_are_of_every_operation_and_shares_add_up(night: Path) -> None:
    by_name = report_of(night, top=1).averages
    assert {name: average.durations.count for name, average in by_name.items()} == {
        "confirm_generation": 10,
        "api_call": 10,
        "photo_message": 30,
        "webhook": 10,
        "button_click": 30,
    }
    assert by_name["confirm_generation"].errors == 1
    for average in by_name.values():
        segments_ns = sum(segment.durations.total_ns for segment in average.segments.values())
        assert segments_ns == average.durations.total_ns
    positions = sorted(by_name["webhook"].segments.items(), key=lambda item: item[1].position)
    assert [name for name, _ in positions] == ["parsed", "validated", "handled_in_background", "end"]


def test_one_operation_alone_is_shown_without_what_is_around_it(night: Path) -> None:
    report = report_of(night, top=3, operation="api_call")
    assert names(report) == ["api_call"] * 3
    assert list(report.averages) == ["api_call"]
    assert "webhook" not in [row.part.name for row in report.slowest[0].rows]


def test_spans_of_one_trace_are_found_in_several_files(tmp_path: Path) -> None:
    recording = Recording()
    click = recording.operation("click", 0, 1)
    recording.operation("webhook", 60, 1, parent=click)
    lines = recording.lines(batch=1)
    (tmp_path / "new").write_bytes(lines[0])
    (tmp_path / "old").write_bytes(lines[1])
    [slow] = report_of(tmp_path / "old", tmp_path / "new").slowest
    assert [row.part.name for row in slow.rows] == ["click", "webhook"]


def test_a_file_named_twice_counts_once(night: Path) -> None:
    assert report_of(night, night).averages["webhook"].durations.count == 10


def test_an_abandoned_timer_is_no_slow_operation(tmp_path: Path) -> None:
    recording = Recording()
    recording.operation("click", 0, 1)
    recording.operation("click", 0, 3600, outcome="abandoned")
    report = report_of(recording.write(tmp_path / "a"))
    assert len(report.slowest) == 1
    assert report.averages["click"].abandoned == 1
    assert report.averages["click"].durations.count == 1


def test_names_beyond_the_bound_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(averages, "MOST_OPERATIONS", 2)
    recording = Recording()
    for number in range(5):
        recording.operation(f"click {number}", number, 1)
    report = report_of(recording.write(tmp_path / "a", batch=1))
    assert sorted((name, average.durations.count) for name, average in report.averages.items()) == [
        ("click 3", 1),
        ("click 4", 1),
        ("other", 3),
    ]


def test_damaged_lines_are_left_out_and_the_rest_is_shown(night: Path) -> None:
    whole = night.read_bytes()
    lines = whole.splitlines(keepends=True)
    night.write_bytes(b"\x00\xff binary\n" + b"".join(lines) + lines[0][: len(lines[0]) // 2])
    report = report_of(night)
    assert report.problems == [f"{night}: left out 2 lines that cannot be read"]
    assert report.averages["webhook"].durations.count == 10


def test_other_files_are_shown_beside_one_that_is_missing(night: Path, tmp_path: Path) -> None:
    report = report_of(tmp_path / "gone", night)
    assert report.problems == [f"cannot read {tmp_path / 'gone'}: there is no such file or folder"]
    assert len(report.slowest) == 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "{path} is empty"),
        (b"\n\n", "{path} is empty"),
        (bytes(range(256)) * 50, "{path} is no recording: not one of its lines can be read"),
        (b'{"resourceMetrics": []}\n', "no operation is recorded: none of the spans is from a timer of botvitals"),
    ],
)
def test_without_an_operation_one_line_says_why(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_bytes(content)
    with pytest.raises(TraceError) as raised:
        report_of(path)
    assert str(raised.value) == said.format(path=path)


def test_spans_of_others_alone_are_no_operations(tmp_path: Path) -> None:
    recording = Recording()
    recording.foreign("GET", 0, 1)
    with pytest.raises(TraceError, match="none of the spans is from a timer of botvitals"):
        report_of(recording.write(tmp_path / "a"))


def test_an_unknown_name_is_told_the_names_that_there_are(night: Path) -> None:
    with pytest.raises(TraceError) as raised:
        report_of(night, operation="clik")
    assert str(raised.value) == (
        "no operation is named clik; there are: api_call, button_click, confirm_generation, photo_message, webhook"
    )


def test_all_bytes_are_told_twice_for_the_two_passes(night: Path) -> None:
    told: list[int] = []
    read_report([night], 1, None, told.append)
    assert sum(told) == 2 * night.stat().st_size
