"""Which bot this is, as OpenTelemetry names it."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.identity import Identity
from botvitals.language import mark
from botvitals_exporter.metric import Metric

TARGET = Metric(
    "target_info",
    "info",
    mark("Which bot this is: OpenTelemetry's service name and instance id"),
    labels=("service_name", "service_instance_id"),
)


class TargetCollector:
    """Publishes the bot's identity, which joins its metrics with its traces.

    OpenTelemetry and Prometheus agreed on the name: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
    """

    name = "target"
    metrics = (TARGET,)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(self, identity: Identity) -> None:
        self._labels = {
            "service_name": identity.service_name,
            "service_instance_id": identity.service_instance_id,
        }

    def collect(self) -> Iterable[Family]:
        """Return the family of the identity."""
        return [TARGET.info(self._labels)]
