"""Python's garbage collector."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PAUSE_BUCKETS_SECONDS, PREFIX, Metric
from botvitals_exporter.readings import GarbageCollectorReading

COLLECTIONS = Metric(
    PREFIX + "gc_collections_total",
    "counter",
    mark("How often the garbage collector ran"),
    labels=("generation",),
)
COLLECTED = Metric(
    PREFIX + "gc_collected_objects_total",
    "counter",
    mark("Objects that the garbage collector freed"),
    labels=("generation",),
)
UNCOLLECTABLE = Metric(
    PREFIX + "gc_uncollectable_objects_total",
    "counter",
    mark("Objects that the garbage collector found unreachable and could not free"),
    labels=("generation",),
)
TRACKED = Metric(PREFIX + "gc_tracked_objects", "gauge", mark("Objects that the garbage collector tracks now"))
PAUSE = Metric(
    PREFIX + "gc_pause_seconds",
    "histogram",
    mark("How long runs of the garbage collector stopped the bot, in seconds"),
    unit="seconds",
    labels=("generation",),
    buckets=PAUSE_BUCKETS_SECONDS,
)


class GarbageCollectorCollector(WatchedCollector[GarbageCollectorReading]):
    """Publishes what the garbage collector did by generation, what it tracks, and how long it stopped the bot."""

    name = "garbage_collector"
    metrics = (COLLECTIONS, COLLECTED, UNCOLLECTABLE, TRACKED, PAUSE)

    def render(self, reading: GarbageCollectorReading) -> Iterable[Family]:
        """Return the families of `reading`; pauses only where they were watched."""
        generations = [((str(number),), generation) for number, generation in enumerate(reading.generations)]
        return [
            COLLECTIONS.family((labels, generation.collections) for labels, generation in generations),
            COLLECTED.family((labels, generation.collected_objects) for labels, generation in generations),
            UNCOLLECTABLE.family((labels, generation.uncollectable_objects) for labels, generation in generations),
            TRACKED.value(reading.tracked_objects),
            PAUSE.histograms(((str(number),), pauses) for number, pauses in enumerate(reading.pauses)),
        ]
