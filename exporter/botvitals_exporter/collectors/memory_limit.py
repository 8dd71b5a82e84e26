"""The memory limit that holds for the bot, and its control group."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import MemoryLimitReading

LIMIT = Metric(
    PREFIX + "memory_limit_bytes",
    "gauge",
    mark("The smallest memory limit that holds for the bot: of its control group or one above, else RAM, in bytes"),
    unit="bytes",
)
CGROUP_MEMORY = Metric(
    PREFIX + "cgroup_memory_bytes",
    "gauge",
    mark("Memory that the bot's control group uses, in bytes (Linux)"),
    unit="bytes",
)
OOM_KILLS = Metric(
    PREFIX + "oom_kills_total",
    "counter",
    mark("Processes of the bot's control group that the kernel killed for want of memory (Linux)"),
)


class MemoryLimitCollector(WatchedCollector[MemoryLimitReading]):
    """Publishes how much memory the bot may take, and what its control group takes."""

    name = "memory_limit"
    metrics = (LIMIT, CGROUP_MEMORY, OOM_KILLS)

    def render(self, reading: MemoryLimitReading) -> Iterable[Family]:
        """Return the families of `reading`; without a control group the limit alone."""
        return [
            LIMIT.value(reading.limit_bytes),
            CGROUP_MEMORY.value(reading.cgroup_memory_bytes),
            OOM_KILLS.value(reading.oom_kills),
        ]
