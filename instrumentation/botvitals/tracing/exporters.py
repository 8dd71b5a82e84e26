"""The exporters that the `OTEL_*` variables name, loaded as the SDK's own configuration loads them."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, TypeVar

from opentelemetry.sdk.trace.export import SpanExporter

from botvitals.language import gettext as _
from botvitals.redaction import redact
from botvitals.tracing.delivery import clean_reason
from botvitals.tracing.hush import Hush
from botvitals.tracing.settings import GRPC, HTTP, OtlpSettings, Warn, exporter_names, otlp_settings

MakeExporter = Callable[[], SpanExporter]
Made = TypeVar("Made")

_GROUP = "opentelemetry_traces_exporter"
_OTLP = {"otlp": None, "otlp_proto_http": HTTP, "otlp_proto_grpc": GRPC}
_OTLP_ENTRY_POINTS = {HTTP: "otlp_proto_http", GRPC: "otlp_proto_grpc"}

# What logs a header that it cannot read, whole, or a value that we have said already.
_TALKATIVE = (
    "opentelemetry.util.re",
    "opentelemetry.exporter.otlp.proto.http._common",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
)


def asked_for(environ: Mapping[str, str], warn: Warn) -> list[tuple[MakeExporter, OtlpSettings | None]]:
    """Return what makes each exporter that `environ` asks for, with its settings where it speaks OTLP.

    What cannot be had goes to `warn`, one line that names the variable, and is left out.
    """
    found = []
    for name in exporter_names("TRACES", environ):
        settings = None
        if name in _OTLP:
            settings = otlp_settings("TRACES", environ, warn)
            if settings is None:
                continue
        protocol = _OTLP.get(name) or (settings and settings.protocol) or ""
        load = _loader(_OTLP_ENTRY_POINTS.get(protocol, name))
        if load is None:
            warn(_unknown(name, protocol))
        else:
            found.append((_maker(load, _arguments(protocol, settings)), settings))
    return found


def made_quietly(make: Callable[[], Made], warn: Warn) -> Made | None:
    """Return what `make` makes, without a word of an exporter's own; None where it fails, which goes to `warn`."""
    hush = Hush(_TALKATIVE)
    try:
        with hush:
            return make()
    except Exception as error:  # noqa: BLE001 - a variable that an exporter chokes on must not stop the bot
        warn(_("no spans are exported: {reason}").format(reason=clean_reason(f"{type(error).__name__}: {error}")))
        return None
    finally:
        hush.remove()


def _loader(entry_point: str) -> Callable[[], Any] | None:
    found = next(iter(entry_points(group=_GROUP, name=entry_point)), None)
    return None if found is None else found.load


def _maker(load: Callable[[], Any], arguments: dict[str, Any]) -> MakeExporter:
    def make() -> SpanExporter:
        exporter: SpanExporter = load()(**arguments)
        return exporter

    return make


def _arguments(protocol: str, settings: OtlpSettings | None) -> dict[str, Any]:
    """Return what stands in for variables that make no sense: the exporter would choke on them."""
    arguments: dict[str, Any] = {}
    if settings is not None and settings.timeout_seconds is not None:
        arguments["timeout"] = settings.timeout_seconds
    if settings is not None and settings.is_compression_broken and protocol == HTTP:
        from opentelemetry.exporter.otlp.proto.http import Compression

        arguments["compression"] = Compression.NoCompression
    return arguments


def _unknown(name: str, protocol: str) -> str:
    if protocol == GRPC:
        return _("OTEL_EXPORTER_OTLP_PROTOCOL=grpc needs pip install 'botvitals[grpc]'; no spans are sent")
    return _("OTEL_TRACES_EXPORTER={name}: there is no such exporter; it is left out").format(name=redact(name))
