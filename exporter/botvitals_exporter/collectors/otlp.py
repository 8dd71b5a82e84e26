"""What could not be handed on by OTLP."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.metric import PREFIX, Metric

FAILURES = Metric(
    PREFIX + "otlp_failures_total",
    "counter",
    mark("Exports by OTLP that failed, by signal: metrics or traces"),
    labels=("signal",),
)


class OtlpCollector:
    """Publishes failed exports by signal; `created_seconds` is when `counts` began to count."""

    name = "otlp"
    metrics = (FAILURES,)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(self, counts: Callable[[], Mapping[str, int]], created_seconds: float) -> None:
        self._counts = counts
        self._created_seconds = created_seconds

    def collect(self) -> Iterable[Family]:
        """Return the family of the counts so far."""
        counts = self._counts()
        return [FAILURES.family((((signal,), number) for signal, number in counts.items()), self._created_seconds)]
