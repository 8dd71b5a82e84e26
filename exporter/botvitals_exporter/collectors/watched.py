"""What the collectors of a watched source have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

from prometheus_client.metrics_core import Metric as Family

from botvitals_exporter.watch import Watch

Reading = TypeVar("Reading")


class WatchedCollector(ABC, Generic[Reading]):
    """Publishes the last reading of a `Watch`: a subclass says which families a reading makes."""

    def __init__(self, watch: Watch[Reading]) -> None:
        self._watch = watch

    @property
    def up(self) -> bool | None:
        """Whether the source's last reading went well; None before the first."""
        return self._watch.up

    @property
    def duration_seconds(self) -> float:
        """How long the source's last reading took."""
        return self._watch.duration_seconds

    def collect(self) -> Iterable[Family]:
        """Return the families of the last reading; none where there is no reading."""
        reading = self._watch.last
        return [] if reading is None else self.render(reading)

    @abstractmethod
    def render(self, reading: Reading) -> Iterable[Family]:
        """Return the families of `reading`."""
