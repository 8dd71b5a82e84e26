"""Spans without secrets: an HTTP client's carry URLs, and a bot's URL carries its token."""

from collections.abc import Mapping

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import Attributes, AttributeValue

from botvitals.redaction import redact
from botvitals.tracer import SCOPE

_OURS = "botvitals."


def redacted(span: ReadableSpan) -> ReadableSpan:
    """Return a copy of `span` with its texts redacted; itself where it holds only what the monitor cleaned."""
    if _is_the_monitors_alone(span):
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
        instrumentation_scope=span.instrumentation_scope,
    )


def _is_the_monitors_alone(span: ReadableSpan) -> bool:
    """Whether nobody but the monitor wrote into `span`: while it is the current one, the bot's code and others may."""
    scope = span.instrumentation_scope
    return (
        scope is not None
        and scope.name == SCOPE
        and span.status.description is None
        and not span.links
        and all(key.startswith(_OURS) for key in span.attributes or ())
        and all(key.startswith(_OURS) for event in span.events for key in event.attributes or ("",))
        and redact(span.name) == span.name
    )


def _redacted(attributes: Attributes) -> Attributes:
    if not isinstance(attributes, Mapping):
        return attributes
    return {key: _redacted_value(key, value) for key, value in attributes.items()}


def _redacted_value(key: str, value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        return _redacted_text(key, value)
    if isinstance(value, (list, tuple)) and any(isinstance(item, str) for item in value):
        return tuple(_redacted_text(key, item) for item in value if isinstance(item, str))
    return value


def _redacted_text(key: str, text: str) -> str:
    # With its name before it, since `db.password` tells what the value alone does not.
    return redact(f"{key}={text}").removeprefix(f"{key}=")
