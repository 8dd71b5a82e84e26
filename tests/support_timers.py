"""A performance monitor with clocks, spans and log lines to look at."""

import logging
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler

from botvitals.operation import Operation
from botvitals.performance_monitor import PerformanceMonitor

START_SECONDS = 1_757_421_666.0


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def texts(self) -> list[str]:
        return [record.getMessage() for record in self.records]


class Watched:
    """A monitor of its own; time stands still but for `pass_seconds`."""

    def __init__(self, *, traced: bool = True, level: int = logging.INFO, sampler: Sampler = ALWAYS_ON) -> None:
        self.now_ns = 5_000
        self.wall_ns = int(START_SECONDS * 1e9)
        self.wall_clock_readings = 0
        self.lines = Lines()
        logger = logging.Logger("performance_monitor", level)
        logger.addHandler(self.lines)
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("test")
        self.monitor = PerformanceMonitor(
            time_ns=self._read_wall_clock,
            monotonic_ns=lambda: self.now_ns,
            tracer=lambda: self.tracer if traced else None,
            logger=logger,
        )
        self.operations: list[Operation] = []
        self.monitor.subscribe(self.operations.append)

    def _read_wall_clock(self) -> int:
        self.wall_clock_readings += 1
        return self.wall_ns

    def pass_seconds(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        """The only span."""
        (span,) = self.spans
        return span
