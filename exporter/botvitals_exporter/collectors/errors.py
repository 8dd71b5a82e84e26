"""What botvitals itself failed at and survived."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.metric import PREFIX, Metric

ERRORS = Metric(
    PREFIX + "errors_total",
    "counter",
    mark("What botvitals failed at and survived: an output, a source, the server"),
    labels=("component",),
)


class ErrorsCollector:
    """Publishes `Failures.counts`; `created_seconds` is when they began to count.

    Those of `components` exist at zero from the start, so that a first failure shows as a rise.
    """

    name = "errors"
    metrics = (ERRORS,)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(
        self,
        counts: Callable[[], Mapping[str, int]],
        created_seconds: float,
        components: Sequence[str] = ("output", "server"),
    ) -> None:
        self._counts = counts
        self._created_seconds = created_seconds
        self._components = tuple(components)

    def collect(self) -> Iterable[Family]:
        """Return the family of the counts so far."""
        counts = dict.fromkeys(self._components, 0) | dict(self._counts())
        return [ERRORS.family((((name,), number) for name, number in counts.items()), self._created_seconds)]
