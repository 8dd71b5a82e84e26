import io
import json
from pathlib import Path

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.process_output import ProcessOutput
from botvitals_exporter.readings import ProcessReport
from botvitals_exporter.recorders.recorder import Recorder
from support_reports import process_report


def test_each_report_is_recorded_and_shown_with_the_change_since_the_last(tmp_path: Path) -> None:
    failures = Failures(print)
    screen = io.StringIO()
    show = ProcessOutput(Terminal(screen, failures), Recorder(tmp_path / "bot.txt", failures), failures)
    show(process_report(iteration=1, rss_mb=40))
    show(process_report(iteration=2, rss_mb=52.5))
    assert "RSS: +12.50 MB" in screen.getvalue()
    assert (tmp_path / "bot.txt").read_text() == screen.getvalue()
    lines = (tmp_path / "bot.txt.jsonl").read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [1, 2]
    assert failures.counts() == {}


def test_without_a_terminal_it_records_only(tmp_path: Path) -> None:
    failures = Failures(print)
    ProcessOutput(None, Recorder(tmp_path / "bot.txt", failures), failures)(process_report())
    assert "RSS: 45.82 MB" in (tmp_path / "bot.txt").read_text()


def test_a_report_that_cannot_be_shown_is_noted_and_the_next_one_is_shown(tmp_path: Path) -> None:
    said: list[str] = []
    failures = Failures(said.append)
    screen = io.StringIO()
    show = ProcessOutput(Terminal(screen, failures), Recorder(tmp_path / "bot.txt", failures), failures)
    broken: ProcessReport = object()  # type: ignore[assignment]
    show(broken)
    assert len(said) == 1
    assert said[0].startswith("output: AttributeError")
    show(process_report())
    assert "RSS: 45.82 MB" in screen.getvalue()
    assert failures.counts() == {"output": 1}
