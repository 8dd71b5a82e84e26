"""Which tracer a timer's span comes from: the bot's own provider where it has set one, else ours, else none."""

from opentelemetry import trace

from botvitals.version import __version__

SCOPE = "botvitals"

# Ours, for a bot that sets none: made by `botvitals objects` and `start()` where export is asked for.
_private_provider: trace.TracerProvider | None = None
_tracer_of: tuple[trace.TracerProvider, trace.Tracer] | None = None


def set_private_provider(provider: trace.TracerProvider | None) -> None:
    """Let spans go to `provider` for as long as the bot sets no global one; None ends that."""
    global _private_provider  # noqa: PLW0603 - one process has one, as it has one global provider
    _private_provider = provider


def current_tracer() -> trace.Tracer | None:
    """Return the tracer to open a span with now, None where nobody wants spans.

    Asked for each timer: the bot may set its provider at whatever time.
    """
    global _tracer_of  # noqa: PLW0603 - a cache of one
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        if _private_provider is None:
            return None
        provider = _private_provider
    cached = _tracer_of
    if cached is None or cached[0] is not provider:
        cached = _tracer_of = (provider, provider.get_tracer(SCOPE, __version__))
    return cached[1]
