import json
from datetime import datetime
from pathlib import Path

import pytest

from botvitals_exporter.console.heap_block import heap_block
from botvitals_exporter.failures import Failures
from botvitals_exporter.recorders.recorder import Recorder, monitor_recording_path
from botvitals_exporter.recorders.records import heap_record, process_record
from support_language import speaking
from support_reports import heap_report, process_report


class Ear:
    """Keeps what is said to it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failures = Failures(self.lines.append)


@pytest.fixture
def ear() -> Ear:
    return Ear()


def test_text_and_json_of_each_interval_are_appended_beside_each_other(tmp_path: Path, ear: Ear) -> None:
    path = tmp_path / "data.txt"
    recorder = Recorder(path, ear.failures)
    for iteration in (1, 2):
        report = heap_report(iteration=iteration)
        with speaking("zh"):
            recorder.record(heap_block(report, limit=20, changes=None).plain, heap_record(report, shown=20))
    text = path.read_text("utf-8")
    assert text.count("🔍 对象级内存分析") == 2
    assert text.endswith("=\n")
    lines = (tmp_path / "data.txt.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [1, 2]
    assert ear.lines == []


def test_a_record_is_one_line_whatever_its_names_hold(tmp_path: Path, ear: Ear) -> None:
    record = {**process_record(process_report()), "name": "\u2028\n\x85机器人"}
    Recorder(tmp_path / "x", ear.failures).record("block", record)
    lines = (tmp_path / "x.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["\u2028\n\x85机器人"]


def test_each_file_is_bounded(tmp_path: Path, ear: Ear) -> None:
    recorder = Recorder(tmp_path / "x", ear.failures, max_bytes=1_000)
    for _ in range(100):
        recorder.record("line one\nline two", {"some": "x" * 50})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x", "x.1", "x.jsonl", "x.jsonl.1"]
    assert max(entry.stat().st_size for entry in tmp_path.iterdir()) <= 1_000
    for name in ("x", "x.1"):
        assert set((tmp_path / name).read_text().split("line one\nline two\n")) == {""}


def test_an_unwritable_output_is_said_once_counted_each_time_and_tried_again(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "folder").write_text("a file in the folder's place")
    recorder = Recorder(tmp_path / "folder" / "x", ear.failures)
    for _ in range(3):
        recorder.record("block", {})
    assert len(ear.lines) == 1
    assert str(tmp_path / "folder" / "x") in ear.lines[0]
    assert ear.failures.counts() == {"output": 6}
    (tmp_path / "folder").unlink()
    recorder.record("block", {"iteration": 4})
    assert (tmp_path / "folder" / "x").read_text() == "block\n"
    assert (tmp_path / "folder" / "x.jsonl").read_text() == '{"iteration":4}\n'
    assert ear.failures.counts() == {"output": 6}


def test_text_that_cannot_be_written_does_not_cost_the_json(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "x").mkdir()
    Recorder(tmp_path / "x", ear.failures).record("block", {"iteration": 1})
    assert (tmp_path / "x.jsonl").read_text() == '{"iteration":1}\n'
    assert ear.failures.counts() == {"output": 1}


def test_a_number_that_json_does_not_know_costs_one_line_and_not_the_file(tmp_path: Path, ear: Ear) -> None:
    recorder = Recorder(tmp_path / "x", ear.failures)
    recorder.record("block", {"ratio": float("nan")})
    recorder.record("block", {"ratio": 0.5})
    assert (tmp_path / "x.jsonl").read_text() == '{"ratio":0.5}\n'
    assert len(ear.lines) == 1


def test_an_unwritable_output_is_said_in_chinese(tmp_path: Path, ear: Ear) -> None:
    (tmp_path / "x").mkdir()
    with speaking("zh"):
        Recorder(tmp_path / "x", ear.failures).record("block", {})
    assert ear.lines[0].startswith(f"无法写入 {tmp_path / 'x'}：")


def test_a_monitors_recording_is_named_after_its_start_and_its_pid(tmp_path: Path) -> None:
    started = datetime(2026, 1, 2, 14, 23, 15).timestamp()
    assert monitor_recording_path(tmp_path, 12345, started) == (
        tmp_path / "process_monitor_20260102_142315_pid12345.txt"
    )


def test_two_monitors_of_one_process_in_one_second_get_two_names(tmp_path: Path) -> None:
    started = datetime(2026, 1, 2, 14, 23, 15).timestamp()
    first = monitor_recording_path(tmp_path, 7, started)
    first.touch()
    assert monitor_recording_path(tmp_path, 7, started).name == "process_monitor_20260102_142316_pid7.txt"
