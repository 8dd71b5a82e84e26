"""Which tracer a timer's span comes from: the bot's own provider where it has set one, else ours, else none."""

from collections.abc import Callable

from opentelemetry import trace

from botvitals.version import __version__

SCOPE = "botvitals"

# Ours, for a bot that sets none: made by `botvitals objects` and `start()` where export is asked for.
_private_provider: trace.TracerProvider | None = None
_on_bots_provider: Callable[[trace.TracerProvider], object] | None = None
_tracer_of: tuple[trace.TracerProvider, trace.Tracer] | None = None

# Whether the last look found no global provider. The API's own answer to that reads the environment each time, which
# takes as long as two checkpoints; a tracer of this proxy is a `ProxyTracer` for exactly as long as none is set.
_found_none = False
_proxy = trace.ProxyTracerProvider()


def set_private_provider(
    provider: trace.TracerProvider | None, on_bots_provider: Callable[[trace.TracerProvider], object] | None = None
) -> None:
    """Let spans go to `provider` for as long as the bot sets no global one; None ends that.

    `on_bots_provider` is told the bot's own before the first span goes there, perhaps twice; it must not raise.
    """
    global _private_provider, _on_bots_provider
    _private_provider, _on_bots_provider = provider, on_bots_provider


def bots_provider() -> trace.TracerProvider | None:
    """Return the global provider, None where nobody has set one.

    One that `OTEL_PYTHON_TRACER_PROVIDER` names and that cannot be loaded counts as none: the API logs why, with every
    call anew, so it is not asked again until the bot has set one.
    """
    global _found_none  # noqa: PLW0603 - one process has one global provider
    if _found_none and isinstance(_proxy.get_tracer(SCOPE), trace.ProxyTracer):
        return None
    try:
        provider = trace.get_tracer_provider()
    except Exception:  # noqa: BLE001 - what an entry point of somebody else's raises
        _found_none = True
        return None
    _found_none = isinstance(provider, trace.ProxyTracerProvider)
    return None if _found_none else provider


def current_tracer() -> trace.Tracer | None:
    """Return the tracer to open a span with now, None where nobody wants spans.

    Asked for each timer: the bot may set its provider at whatever time.
    """
    global _tracer_of  # noqa: PLW0603 - a cache of one
    own = bots_provider()
    provider = own or _private_provider
    if provider is None:
        return None
    cached = _tracer_of
    if cached is None or cached[0] is not provider:
        if own is not None and _on_bots_provider is not None:
            _on_bots_provider(own)
        cached = _tracer_of = (provider, provider.get_tracer(SCOPE, __version__))
    return cached[1]
