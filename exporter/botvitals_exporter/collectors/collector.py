"""The interface of a collector."""

from collections.abc import Iterable
from typing import Protocol

from prometheus_client.metrics_core import Metric as Family

from botvitals_exporter.metric import Metric


class Collector(Protocol):
    """Turns the last reading of its source into metric families; it reads nothing itself."""

    @property
    def name(self) -> str:
        """What `botvitals_collector_up` calls it."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The declaration of every family that `collect` may return."""

    @property
    def up(self) -> bool | None:
        """Whether the source's last reading went well; None before the first, and for what reads no source."""

    @property
    def duration_seconds(self) -> float:
        """How long the source's last reading took."""

    def collect(self) -> Iterable[Family]:
        """Return the families of the last reading; none where there is no reading."""
