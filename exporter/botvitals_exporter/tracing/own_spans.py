"""Our spans among all those of a bot."""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from botvitals.tracer import SCOPE


class OwnSpans(SpanProcessor):
    """Hands the spans of botvitals on to `processor`, and leaves those of other instrumentation out.

    The end of the bot's provider is not that of `processor`, which has its own.
    """

    def __init__(self, processor: SpanProcessor) -> None:
        self._processor = processor

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Take no notice: only finished spans count."""

    def on_end(self, span: ReadableSpan) -> None:
        """Hand `span` on where it is ours."""
        scope = span.instrumentation_scope
        if scope is not None and scope.name == SCOPE:
            self._processor.on_end(span)

    def shutdown(self) -> None:
        """Hand the spans on that wait, in their own time."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Have what waits written now."""
        return self._processor.force_flush(timeout_millis)
