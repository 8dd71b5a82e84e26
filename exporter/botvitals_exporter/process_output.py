"""What becomes of each look at a bot from outside, beside the metrics: shown on the terminal, recorded in files."""

from functools import partial

from botvitals_exporter.console.process_block import process_block
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.readings import ProcessReport
from botvitals_exporter.recorders.recorder import Recorder
from botvitals_exporter.recorders.records import process_record


class ProcessOutput:
    """Appends each report to `recorder` and shows it on `terminal`, where there is one. Never raises."""

    def __init__(self, terminal: Terminal | None, recorder: Recorder, failures: Failures) -> None:
        self._terminal = terminal
        self._recorder = recorder
        self._failures = failures
        self._previous: ProcessReport | None = None

    def __call__(self, report: ProcessReport) -> None:
        """Record and show one report."""
        with self._failures.surviving("output"):
            block = partial(process_block, report, self._previous)
            text = block().plain
            self._previous = report
            # Recorded first: a terminal may be stuck (Ctrl+S, a pager), and nothing that was read gets lost.
            self._recorder.record(text, process_record(report))
            if self._terminal is not None:
                self._terminal.print_block(block(width=self._terminal.block_width))
