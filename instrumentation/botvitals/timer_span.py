"""The OpenTelemetry span of a timer.

Our exception event replaces the SDK's own, since HTTP clients' errors carry URLs with the bot's token.
"""

import traceback

from opentelemetry import context as otel_context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TraceFlags, Tracer, format_span_id, format_trace_id

from botvitals.clean_text import as_text, clean_block, clean_text
from botvitals.operation import Outcome
from botvitals.timer import Timer

_OPERATION_ID = "botvitals.operation.id"
_OPERATION_DESCRIPTION = "botvitals.operation.description"
_OPERATION_OUTCOME = "botvitals.operation.outcome"
_CHECKPOINT_ELAPSED = "botvitals.checkpoint.elapsed"
_CHECKPOINT_DESCRIPTION = "botvitals.checkpoint.description"

# Asking an enumeration for its member takes as long as reading the clock.
_INTERNAL = SpanKind.INTERNAL


def open_span(tracer: Tracer, timer: Timer, context: otel_context.Context | None, kind: SpanKind | None) -> None:
    """Give `timer` its span, a child of the current one in `context` (None: the current context)."""
    attributes = {_OPERATION_ID: timer.operation_id}
    if timer.description:
        attributes[_OPERATION_DESCRIPTION] = timer.description
    timer.span = span = tracer.start_span(
        timer.name,
        context,
        _INTERNAL if kind is None or not isinstance(kind, SpanKind) else kind,
        attributes,
        start_time=timer.start_time_ns,
        record_exception=False,
        set_status_on_exception=False,
    )
    timer.is_recording = span.is_recording()


def add_checkpoint(span: Span, name: str, description: str, elapsed_seconds: float, time_ns: int) -> None:
    """Record a checkpoint as one event."""
    if description:
        span.add_event(name, {_CHECKPOINT_ELAPSED: elapsed_seconds, _CHECKPOINT_DESCRIPTION: description}, time_ns)
    else:
        span.add_event(name, {_CHECKPOINT_ELAPSED: elapsed_seconds}, time_ns)


def close_span(span: Span, outcome: Outcome, error: BaseException | None, time_ns: int) -> None:
    """End `span` at `time_ns` with what became of its timer; status ERROR only for the outcome `error`."""
    try:
        if span.is_recording():
            span.set_attribute(_OPERATION_OUTCOME, outcome)
            if error is not None:
                _record_exception(span, error, outcome == "error", time_ns)
    finally:
        # Deep in a recursion, or with an error of a strange make, there may be no room to describe it.
        span.end(time_ns)


def ids_of(span: Span) -> tuple[str, str]:
    """Return the trace id and span id as Jaeger shows them, both empty for a span that is not exported."""
    context = span.get_span_context()
    if not context.trace_flags & TraceFlags.SAMPLED:
        return "", ""
    return format_trace_id(context.trace_id), format_span_id(context.span_id)


def _record_exception(span: Span, error: BaseException, is_failure: bool, time_ns: int) -> None:
    type_name = _type_name(type(error))
    message = clean_text(as_text(error))
    # Names of attributes: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
    span.add_event(
        "exception",
        {
            "exception.type": type_name,
            "exception.message": message,
            "exception.stacktrace": clean_block("".join(traceback.format_exception(error))),
        },
        time_ns,
    )
    if is_failure:
        span.set_attribute("error.type", type_name)
        span.set_status(Status(StatusCode.ERROR, f"{type_name}: {message}" if message else type_name))


def _type_name(error_type: type[BaseException]) -> str:
    module, name = error_type.__module__, error_type.__qualname__
    return clean_text(name if module == "builtins" else f"{module}.{name}")
