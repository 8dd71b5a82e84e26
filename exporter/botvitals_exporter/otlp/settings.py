"""Whether metrics are to be pushed, and how; what is wrong in a variable is said by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from botvitals.language import gettext as _
from botvitals.redaction import redact
from botvitals.tracing.settings import (
    HTTP,
    OtlpSettings,
    Warn,
    exporter_names,
    is_disabled,
    otlp_settings,
    positive_number,
)

_EXPORTER = "OTEL_METRICS_EXPORTER"
_INTERVAL = "OTEL_METRIC_EXPORT_INTERVAL"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PUSHING = ("otlp", "otlp_proto_http", "otlp_proto_grpc")

# Others that the specification names: not ours to start, and no mistake.
_KNOWN = ("console", "logging", "prometheus")


@dataclass(frozen=True, slots=True)
class PushSettings:
    """How metrics are pushed, and how often."""

    otlp: OtlpSettings
    interval_seconds: float


def push_settings(
    environ: Mapping[str, str], warn: Warn, *, reading_interval_seconds: float, is_asked: bool = False
) -> PushSettings | None:
    """Return how metrics are to be pushed; None where nobody asked for it, or where the endpoint is none.

    They are asked for by `is_asked` (an option) or by `otlp` in `OTEL_METRICS_EXPORTER`, where `OTEL_SDK_DISABLED` does
    not forbid it. They are pushed every `OTEL_METRIC_EXPORT_INTERVAL` (ms), else with every reading. `warn` gets one
    line for each variable that makes no sense.
    """
    if not is_asked and not _is_asked_by(environ, warn):
        return None
    otlp = otlp_settings("METRICS", environ, warn)
    if otlp is None:
        return None
    if otlp.protocol != HTTP:
        variable = next(name for name in _PROTOCOLS if environ.get(name, "").strip())
        warn(
            _("{variable}={value}: metrics are pushed by {protocol}").format(
                variable=variable, value=otlp.protocol, protocol=HTTP
            )
        )
    default_milliseconds = max(1, round(reading_interval_seconds * 1000))
    return PushSettings(otlp, positive_number(_INTERVAL, environ, default_milliseconds, warn) / 1000)


def _is_asked_by(environ: Mapping[str, str], warn: Warn) -> bool:
    # Not set would mean `otlp` to an SDK; a bot that is scraped shall not start to push by an update of ours.
    if is_disabled(environ) or not environ.get(_EXPORTER, "").strip():
        return False
    names = exporter_names("METRICS", environ)
    for name in names:
        if not _is_exporter(name):
            warn(
                _("{variable}={name}: there is no such exporter; it is left out").format(
                    variable=_EXPORTER, name=redact(name)
                )
            )
    return any(name in _PUSHING for name in names)


def _is_exporter(name: str) -> bool:
    return name in (*_PUSHING, *_KNOWN) or bool(entry_points(group="opentelemetry_metrics_exporter", name=name))
