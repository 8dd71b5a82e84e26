"""Spans of other instrumentation without secrets: an HTTP client's carry URLs, and a bot's URL carries its token."""

from collections.abc import Mapping

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import Attributes, AttributeValue

from botvitals.redaction import redact
from botvitals.tracer import SCOPE


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Return a copy of `span` with its texts redacted; ours, which the monitor cleaned, as they are."""
    scope = span.instrumentation_scope
    if scope is not None and scope.name == SCOPE:
        return span
    status = Status(span.status.status_code, span.status.description and redact(span.status.description))
    return ReadableSpan(
        name=redact(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_redacted(span.attributes),
        events=[Event(redact(event.name), _redacted(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context, _redacted(link.attributes)) for link in span.links],
        kind=span.kind,
        status=status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=scope,
    )


def _redacted(attributes: Attributes) -> Attributes:
    if not isinstance(attributes, Mapping):
        return attributes
    return {key: _redacted_value(key, value) for key, value in attributes.items()}


def _redacted_value(key: str, value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        # With its name before it, since `db.password` tells what the value alone does not.
        return redact(f"{key}={value}").removeprefix(f"{key}=")
    if isinstance(value, (list, tuple)) and any(isinstance(item, str) for item in value):
        return tuple(redact(item) for item in value if isinstance(item, str))
    return value
