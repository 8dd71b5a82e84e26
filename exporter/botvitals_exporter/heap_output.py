"""What becomes of each census beside the metrics: shown on the terminal, recorded in files."""

from functools import partial

from botvitals_exporter.console.heap_block import heap_block
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.heap_changes import HeapChanges
from botvitals_exporter.readings import HeapReport
from botvitals_exporter.recorders.recorder import Recorder
from botvitals_exporter.recorders.records import RECORD_LIMIT, heap_record

OBJECT_LIMIT = 20


class HeapOutput:
    """Shows each report on `terminal` and appends it to `recorder`, where there are such.

    `shown` is how many types and modules the block has, `recorded` how many a record has at least.
    """

    def __init__(
        self,
        *,
        terminal: Terminal | None = None,
        recorder: Recorder | None = None,
        shown: int = OBJECT_LIMIT,
        recorded: int = RECORD_LIMIT,
    ) -> None:
        self._terminal = terminal
        self._recorder = recorder
        self._shown = shown
        self._recorded = recorded
        self._changes = HeapChanges()

    def __call__(self, report: HeapReport) -> None:
        """Show and record one report."""
        changes = self._changes.since_last(report)
        block = partial(heap_block, report, limit=self._shown, changes=changes)
        # Recorded first: a terminal may be stuck (Ctrl+S, a pager), and nothing that was read gets lost.
        if self._recorder is not None:
            record = heap_record(report, shown=self._shown, limit=self._recorded, changes=changes)
            self._recorder.record(block().plain, record)
        if self._terminal is not None:
            self._terminal.print_block(block(width=self._terminal.block_width))
