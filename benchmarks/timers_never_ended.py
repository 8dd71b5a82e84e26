"""What a million timers that nobody ends leave behind, traced and sampled.

Usage: python benchmarks/timers_never_ended.py [TIMERS]

Every timer has a span of the OpenTelemetry SDK, whose exporter takes it and lets it go, and four checkpoints. Memory is
the process's resident set, read from /proc once before the first timer and every tenth of the way. Budget: 30 MB more
than at the beginning, and a handful of log lines.
"""

import logging
import sys
import time
from collections.abc import Sequence

import psutil
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from botvitals import get_performance_monitor
from botvitals.tracer import set_private_provider

TIMERS = 1_000_000
BUDGET_MB = 30
STEPS = ("state", "request", "response", "saved")


class CountSpans(SpanExporter):
    """Counts finished spans and keeps none."""

    def __init__(self) -> None:
        self.spans = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Count them."""
        self.spans += len(spans)
        return SpanExportResult.SUCCESS


class CountLines(logging.Handler):
    """Counts log lines and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count it."""
        self.lines += 1


def main() -> None:
    """Print the table."""
    timers = int(sys.argv[1]) if len(sys.argv) > 1 else TIMERS
    lines, spans = CountLines(), CountSpans()
    logging.getLogger().addHandler(lines)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    set_private_provider(provider)
    monitor = get_performance_monitor()
    process = psutil.Process()
    before = process.memory_info().rss
    began = time.perf_counter()
    print(f"{'timers':>12}{'running':>10}{'abandoned':>12}{'spans':>12}{'log lines':>12}{'MB more':>10}")
    for number in range(1, timers + 1):
        operation_id = f"webhook_{number}_1757421666"
        monitor.start_timer(operation_id, "等待回调")
        for step in STEPS:
            monitor.checkpoint(operation_id, step)
        if number % (timers // 10) == 0:
            more = (process.memory_info().rss - before) / 1_048_576
            running, abandoned = sum(monitor.in_progress().values()), sum(monitor.abandoned().values())
            print(f"{number:>12,}{running:>10,}{abandoned:>12,}{spans.spans:>12,}{lines.lines:>12,}{more:>10.1f}")
    print(f"{time.perf_counter() - began:.0f} s; budget {BUDGET_MB} MB: {'kept' if more < BUDGET_MB else 'EXCEEDED'}")


if __name__ == "__main__":
    main()
