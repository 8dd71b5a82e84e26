"""The interface of a collector."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client.metrics_core import Metric as Family

from botvitals_exporter.metric import Metric


class Collector(Protocol):
    """Turns the last reading of its source into metric families; it reads nothing itself.

    `metrics` declares every family that `collect` may return. `up` and `duration_seconds` say how its source's last
    reading went (`up` is None before the first).
    """

    name: str
    metrics: tuple[Metric, ...]

    @property
    def up(self) -> bool | None:
        """Whether the source's last reading went well."""

    @property
    def duration_seconds(self) -> float:
        """How long the source's last reading took."""

    def collect(self) -> Iterable[Family]:
        """Return the families of the last reading; none where there is no reading."""
