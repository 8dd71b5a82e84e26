"""The spans of one line of OTLP JSON, with what a timer of botvitals says in them.

The form is OpenTelemetry's file format (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/): one
ExportTraceServiceRequest a line. The standard library's json reads it: a line that holds no trace of interest is passed
over unread, so a faster reader would not show.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from botvitals.tracer import SCOPE

_ERROR_STATUS = (2, "STATUS_CODE_ERROR")
_OTHER_SIGNALS = ("resourceMetrics", "resourceLogs", "resourceProfiles")
# The year 2262, where nanoseconds since 1970 leave 64 bits.
_LAST_NS = 2**63


class UnusableLineError(ValueError):
    """A line that holds no spans."""


class Segment(NamedTuple):
    """A part of an operation: from the mark before, or the start, to the checkpoint `name`; the last is `end`."""

    name: str
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Span:
    """A finished span; times are nanoseconds since the epoch. `is_operation` says that a timer of botvitals made it.

    `outcome` is a timer's, for spans of others `ok` or `error`. `segments` add up to the duration; they are empty where
    there was no checkpoint.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    outcome: str
    error_type: str = ""
    is_operation: bool = False
    operation_id: str = ""
    segments: tuple[Segment, ...] = ()

    @property
    def duration_ns(self) -> int:
        """How long it took."""
        return self.end_ns - self.start_ns


def decode_spans(line: bytes) -> list[Span]:
    """Return the finished spans of a line; none where it holds another signal, such as metrics.

    Raises UnusableLineError for a line that is damaged, or that is no OTLP.
    """
    try:
        request = json.loads(line.decode("utf-8", "replace"))
        if "resourceSpans" not in request and any(signal in request for signal in _OTHER_SIGNALS):
            return []
        return [
            _span(span, scope_name)
            for resource_spans in request["resourceSpans"]
            for scope_spans in resource_spans.get("scopeSpans", ())
            for scope_name in [scope_spans.get("scope", {}).get("name", "")]
            for span in scope_spans.get("spans", ())
            if int(span.get("endTimeUnixNano", 0)) > 0
        ]
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UnusableLineError(str(error)) from error


def _span(span: Mapping[str, Any], scope_name: str) -> Span:
    attributes = _attributes(span)
    start_ns, end_ns = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    if not 0 < start_ns <= end_ns < _LAST_NS:
        raise UnusableLineError("a span ends before it starts")
    is_operation = scope_name == SCOPE
    has_error = span.get("status", {}).get("code") in _ERROR_STATUS
    return Span(
        trace_id=_text(span["traceId"]),
        span_id=_text(span["spanId"]),
        parent_id=_text(span.get("parentSpanId") or ""),
        name=_text(span.get("name", "")),
        start_ns=start_ns,
        end_ns=end_ns,
        outcome=str(attributes.get("botvitals.operation.outcome", "error" if has_error else "ok")),
        error_type=_text(str(attributes.get("error.type", ""))),
        is_operation=is_operation,
        operation_id=_text(str(attributes.get("botvitals.operation.id", ""))),
        segments=tuple(_segments(span, start_ns, end_ns)) if is_operation else (),
    )


def _segments(span: Mapping[str, Any], start_ns: int, end_ns: int) -> Iterator[Segment]:
    marks = []
    for event in span.get("events", ()):
        # Other events, such as an exception, are no marks.
        elapsed_seconds = float(_attributes(event).get("botvitals.checkpoint.elapsed", math.nan))
        if math.isfinite(elapsed_seconds):
            marks.append((start_ns + round(elapsed_seconds * 1e9), _text(event.get("name", ""))))
    if not marks:
        return
    before_ns = start_ns
    for moment_ns, name in sorted(marks, key=lambda mark: mark[0]):
        moment_ns = min(max(moment_ns, before_ns), end_ns)  # noqa: PLW2901 - a mark outside its span is a rounding error
        yield Segment(name, before_ns, moment_ns)
        before_ns = moment_ns
    yield Segment("end", before_ns, end_ns)


def _attributes(owner: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes by key; OTLP wraps each value in an object with one key that says the type."""
    attributes = {}
    for attribute in owner.get("attributes", ()):
        for value in attribute.get("value", {}).values():
            attributes[attribute["key"]] = value
    return attributes


def _text(value: str) -> str:
    # A lone surrogate, which JSON can carry, can be neither printed nor written.
    return value if value.isascii() else value.encode("utf-8", "replace").decode()
