"""Recordings of spans as OpenTelemetry's SDK makes them, at times that a test chooses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from botvitals.tracer import SCOPE
from botvitals_exporter.trace.spans import Segment, Span
from botvitals_exporter.tracing.spans_file import otlp_json_line

START_NS = 1_795_212_003_000_000_000  # 2026-11-20 22:00:03 UTC


@dataclass
class Recording:
    """Makes finished spans; seconds count from START_NS."""

    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def operation(
        self,
        name: str,
        start: float,
        duration: float,
        checkpoints: Mapping[str, float] = {},
        *,
        parent: trace.Span | None = None,
        outcome: str = "ok",
        error_type: str = "",
        operation_id: str = "",
    ) -> trace.Span:
        """What a timer of botvitals makes; `checkpoints` are seconds since its start."""
        attributes: dict[str, Any] = {
            "botvitals.operation.id": operation_id or f"{name}_12345",
            "botvitals.operation.outcome": outcome,
        }
        if error_type:
            attributes["error.type"] = error_type
        span = self._start(SCOPE, name, start, parent, attributes)
        for checkpoint, elapsed in checkpoints.items():
            attributes = {"botvitals.checkpoint.elapsed": elapsed, "botvitals.checkpoint.description": ""}
            span.add_event(checkpoint, attributes, timestamp=_at(start + elapsed))
        if outcome == "error":
            span.add_event("exception", {"exception.type": error_type}, timestamp=_at(start + duration))
            span.set_status(Status(StatusCode.ERROR))
        span.end(_at(start + duration))
        return span

    def foreign(self, name: str, start: float, duration: float, parent: trace.Span | None = None) -> trace.Span:
        """What other instrumentation makes."""
        span = self._start("opentelemetry.instrumentation.httpx", name, start, parent, {"http.request.method": "POST"})
        span.end(_at(start + duration))
        return span

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """All spans so far, in the order in which they were made."""
        return self.exporter.get_finished_spans()

    def write(self, path: Path, batch: int = 2) -> Path:
        """Write the spans, the last first as children end before their parents, so many a line."""
        path.write_bytes(b"".join(self.lines(batch)))
        return path

    def lines(self, batch: int = 2) -> list[bytes]:
        """The lines that `write` writes."""
        spans = self.spans[::-1]
        return [otlp_json_line(spans[first : first + batch]) for first in range(0, len(spans), batch)]

    def _start(
        self, scope: str, name: str, start: float, parent: trace.Span | None, attributes: Mapping[str, Any]
    ) -> trace.Span:
        context = None if parent is None else trace.set_span_in_context(parent)
        return self.provider.get_tracer(scope).start_span(name, context, start_time=_at(start), attributes=attributes)


def span(
    span_id: str,
    start_ns: int,
    end_ns: int,
    parent_id: str = "",
    segments: tuple[Segment, ...] = (),
    outcome: str = "ok",
) -> Span:
    """A span as it is read: an operation whose name is its id."""
    return Span("t", span_id, parent_id, span_id, start_ns, end_ns, outcome, is_operation=True, segments=segments)


def _at(seconds: float) -> int:
    return START_NS + round(seconds * 1e9)


def a_night_of_a_bot(days: Iterable[int] = range(30)) -> Recording:
    """Button clicks, photo messages, and image generations whose webhook comes minutes later."""
    recording = Recording()
    for number in days:
        at = number * 600.0
        recording.operation(
            "button_click",
            at,
            0.08 + 0.004 * number,
            {"user_state_check": 0.012, "dispatch": 0.02 + 0.001 * number},
            operation_id=f"button_click_{number}_1757421666",
        )
        photo = {"background_task": 0.002, "user": 0.031, "photo_info": 0.4, "state_check": 0.45 + 0.01 * number}
        recording.operation("photo_message", at + 30, 0.9 + 0.01 * number, photo)
        if number % 3 == 0:
            slow = 1 + number / 20
            confirm = recording.operation(
                "confirm_generation",
                at + 60,
                3.2 * slow,
                {
                    "user": 0.011,
                    "credits_check": 0.103,
                    "file_id": 0.11,
                    "credits_taken": 0.31,
                    "download": 0.31 + 0.5 * slow,
                    "api_call": 0.4 + 2.6 * slow,
                    "database": 0.42 + 2.65 * slow,
                    "state_cleared": 0.42 + 2.67 * slow,
                },
                outcome="error" if number == 27 else "ok",
                error_type="TimeoutError" if number == 27 else "",
                operation_id=f"confirm_generation_{number}_1757421666",
            )
            call = recording.operation(
                "api_call",
                at + 60.33 + 0.5 * slow,
                2.05 * slow,
                {"request_built": 0.004, "sent": 0.05, "response_received": 1.97 * slow, "parsed": 2.0 * slow},
                parent=confirm,
            )
            recording.foreign("POST", at + 60.34 + 0.5 * slow, 2.0 * slow, call)
            recording.operation(
                "webhook",
                at + 243,
                1.2,
                {"parsed": 0.02, "validated": 0.07, "handled_in_background": 1.15},
                parent=confirm,
            )
    return recording
