"""The C library's allocator."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import AllocatorReading

ALLOCATOR = Metric(
    PREFIX + "allocator_bytes",
    "gauge",
    mark("Memory of the C library's malloc: used, and freed by the bot but kept by malloc, in bytes (glibc)"),
    unit="bytes",
    labels=("state",),
)


class AllocatorCollector(WatchedCollector[AllocatorReading]):
    """Publishes what malloc holds, so that memory freed yet not given back shows as what it is."""

    name = "allocator"
    metrics = (ALLOCATOR,)

    def render(self, reading: AllocatorReading) -> Iterable[Family]:
        """Return the family of `reading`."""
        return [ALLOCATOR.family([(("used",), reading.used_bytes), (("free",), reading.free_bytes)])]
