"""The pusher made from settings, with the stock exporter over HTTP."""

from collections.abc import Callable, Iterable
from typing import Any

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from prometheus_client.metrics_core import Metric as Family

from botvitals.identity import Identity
from botvitals.tracing.delivery import FailureLines
from botvitals.tracing.export_counts import ExportCounts, export_counts
from botvitals.tracing.hush import Hush
from botvitals.tracing.settings import OtlpSettings
from botvitals_exporter.metric import safe_label
from botvitals_exporter.otlp.pusher import TALKATIVE, MetricsPusher
from botvitals_exporter.otlp.settings import PushSettings

SIGNAL = "metrics"

# The last push may wait so long for each answer of the network. It is less than the shortest pause after which the
# stock exporter would try again (0.8 s), so that the bot's exit waits for one try.
LAST_TIMEOUT_SECONDS = 0.75


def metrics_pusher(
    settings: PushSettings,
    collect: Callable[[], Iterable[Family]],
    identity: Identity,
    say: Callable[[str], object],
    counts: ExportCounts = export_counts,
) -> MetricsPusher:
    """Return a pusher of what `collect` yields, to be started; failures are counted, and said seldom.

    Raises what the stock exporter raises where it cannot take a variable.
    """
    hush = Hush(TALKATIVE)
    try:
        with hush:
            exporter = _exporter(settings.otlp, settings.otlp.timeout_seconds)
            last_exporter = _exporter(settings.otlp, LAST_TIMEOUT_SECONDS)
            resource = _resource(identity)
    finally:
        hush.remove()
    lines = FailureLines(SIGNAL, counts, say, secrets=settings.otlp.secrets)
    return MetricsPusher(collect, resource, exporter, last_exporter, lines.note, settings.interval_seconds)


def _exporter(otlp: OtlpSettings, timeout_seconds: float | None) -> OTLPMetricExporter:
    arguments: dict[str, Any] = {"compression": Compression.NoCompression} if otlp.is_compression_broken else {}
    return OTLPMetricExporter(timeout=timeout_seconds, **arguments)


def _resource(identity: Identity) -> Resource:
    """Return the resource that Prometheus makes `target_info` of."""
    names = {
        SERVICE_NAME: safe_label(identity.service_name),
        SERVICE_INSTANCE_ID: safe_label(identity.service_instance_id),
    }
    return Resource.create(names)
