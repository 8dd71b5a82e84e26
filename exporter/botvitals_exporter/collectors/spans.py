"""Spans that nobody will see."""

from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.metric import PREFIX, Metric

DROPPED = Metric(
    PREFIX + "spans_dropped_total",
    "counter",
    mark("Spans that were lost: the queue was full, or an export or the file failed"),
)


class SpansCollector:
    """Publishes how many spans were `dropped`; `created_seconds` is when that began to be counted."""

    name = "spans"
    metrics = (DROPPED,)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(self, dropped: Callable[[], int], created_seconds: float) -> None:
        self._dropped = dropped
        self._created_seconds = created_seconds

    def collect(self) -> Iterable[Family]:
        """Return the family of the count so far."""
        return [DROPPED.value(self._dropped(), self._created_seconds)]
