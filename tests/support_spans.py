"""Spans made by a provider of the test's own, and exporters that do as they are told."""

import threading
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from botvitals.tracer import SCOPE


def end_spans(processor: SpanProcessor, number: int, scope: str = SCOPE) -> None:
    """End `number` spans, named by their number, before `processor`."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer(scope)
    for index in range(number):
        tracer.start_span(str(index)).end()


class FakeExporter(SpanExporter):
    """Keeps the names of what it gets; fails where told to, and waits for as long as `is_open` is not set."""

    def __init__(self, result: SpanExportResult | Exception = SpanExportResult.SUCCESS) -> None:
        self.result = result
        self.names: list[str] = []
        self.batches: list[int] = []
        self.is_open = threading.Event()
        self.is_open.set()
        self.has_begun = threading.Event()
        self.is_shut_down = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.has_begun.set()
        assert self.is_open.wait(30)
        self.batches.append(len(spans))
        if isinstance(self.result, Exception):
            raise self.result
        self.names += [span.name for span in spans]
        return self.result

    def shutdown(self) -> None:
        self.is_shut_down.set()
