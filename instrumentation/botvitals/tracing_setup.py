"""`setup_tracing()`: the bot's own call that gives its process a tracer provider, from the `OTEL_*` variables."""

import atexit
import logging
import os
import socket
import threading

from opentelemetry import trace

from botvitals.identity import Identity, running_script, service_identity
from botvitals.language import gettext as _
from botvitals.tracer import bots_provider

logger = logging.getLogger("botvitals")
_setting_up = threading.Lock()

# What the command line or `start()` calls the bot, so that its traces and its metrics bear one name.
_identity: Identity | None = None


def use_identity(identity: Identity | None) -> None:
    """Let a later `setup_tracing()` without a name of its own call the bot this; None ends that."""
    global _identity  # noqa: PLW0603 - one process is one bot
    _identity = identity


def setup_tracing(service_name: str | None = None) -> trace.TracerProvider:
    """Give the process a tracer provider where it has none, and return the one that is in use.

    A provider that the bot, or `opentelemetry-instrument`, has set already is used as it is. Else one is made from the
    standard `OTEL_*` variables and set, so that other instrumentation joins the same traces: OTLP over HTTP to
    http://localhost:4318 unless they say otherwise, `OTEL_TRACES_EXPORTER=none|console|otlp`, the sampler's variables,
    none at all with `OTEL_SDK_DISABLED=true`. The bot is called `service_name`, else as the variables say, else as its
    folder. Spans leave on a thread of their own and are flushed at exit, within two seconds.

    Raises nothing: a variable that makes no sense is said once, by name, to the logger `botvitals`.
    """
    with _setting_up:
        current = bots_provider()
        if current is not None:
            return current
        try:
            _set_provider(service_name)
        except Exception as error:  # noqa: BLE001 - the SDK itself raises where a variable of its limits is no number
            logger.warning(_("tracing is off: {reason}").format(reason=_reason(error)))
        return trace.get_tracer_provider()


def _set_provider(service_name: str | None) -> None:
    # The SDK and its exporters: four times the import of this package, and only those pay who trace.
    from botvitals.tracing.provider import build_tracing, exporting_processors
    from botvitals.tracing.settings import is_disabled

    if is_disabled(os.environ):
        return
    processors = exporting_processors(logger.warning)
    tracing = build_tracing(_who(service_name), processors, os.environ, logger.warning)
    trace.set_tracer_provider(tracing.provider)
    atexit.register(tracing.stop)


def _who(service_name: str | None) -> Identity:
    if service_name is None and _identity is not None:
        return _identity
    return service_identity(service_name, os.environ, running_script(), socket.gethostname())


def _reason(error: Exception) -> str:
    from botvitals.redaction import redact

    return redact(" ".join(f"{type(error).__name__}: {error}".split()))
