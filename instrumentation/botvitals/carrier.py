"""A trace's way out of the process and back in: through a webhook, a queue, a database."""

from collections.abc import Mapping

from opentelemetry import context as otel_context
from opentelemetry.trace import INVALID_SPAN, Span, set_span_in_context


def carrier_of(span: Span) -> dict[str, str]:
    """Return what the configured propagator (`OTEL_PROPAGATORS`) writes for `span`: few short texts, fit for JSON."""
    # The propagators are looked up by entry point, and a wrong OTEL_PROPAGATORS raises here: only where it is needed.
    from opentelemetry import propagate

    carrier: dict[str, str] = {}
    propagate.inject(carrier, set_span_in_context(span))
    return carrier


def context_of(carrier: object) -> otel_context.Context:
    """Return the current context with the span in `carrier` as its current one.

    With none where `carrier` is malformed, or OTEL_PROPAGATORS is.
    """
    detached = set_span_in_context(INVALID_SPAN)
    if not isinstance(carrier, Mapping):
        return detached
    try:
        from opentelemetry import propagate

        return propagate.extract(carrier, detached)
    except Exception:  # noqa: BLE001 - what was stored may be anything, and so may OTEL_PROPAGATORS
        return detached
