"""The bot's own process."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import ProcessReading

RESIDENT_MEMORY = Metric(
    PREFIX + "process_resident_memory_bytes",
    "gauge",
    mark("Memory of the bot's process that is in RAM (RSS), in bytes"),
    unit="bytes",
)
VIRTUAL_MEMORY = Metric(
    PREFIX + "process_virtual_memory_bytes",
    "gauge",
    mark("Address space of the bot's process (VMS), in bytes"),
    unit="bytes",
)
MEMORY_BY_KIND = Metric(
    PREFIX + "process_memory_bytes",
    "gauge",
    mark("What the bot's memory consists of: anonymous, file, shared, and what lies in swap, in bytes (Linux)"),
    unit="bytes",
    labels=("kind",),
)
MEMORY_RATIO = Metric(
    PREFIX + "process_memory_ratio",
    "gauge",
    mark("The bot's RSS as a share of the machine's memory, 0 to 1"),
    unit="ratio",
)
THREADS = Metric(
    PREFIX + "process_threads", "gauge", mark("Threads of the bot's process as the system counts them, native ones too")
)
OPEN_FDS = Metric(PREFIX + "process_open_fds", "gauge", mark("Open file descriptors of the bot's process"))
START_TIME = Metric(
    PREFIX + "process_start_time_seconds",
    "gauge",
    mark("When the bot's process started, in seconds since the epoch"),
    unit="seconds",
)
CPU = Metric(
    PREFIX + "process_cpu_seconds_total",
    "counter",
    mark("Processor time of the bot's process, user and system, in seconds"),
    unit="seconds",
)


class ProcessCollector(WatchedCollector[ProcessReading]):
    """Publishes memory, threads, file descriptors, start and processor time of the bot's process."""

    name = "process"
    metrics = (RESIDENT_MEMORY, VIRTUAL_MEMORY, MEMORY_BY_KIND, MEMORY_RATIO, THREADS, OPEN_FDS, START_TIME, CPU)

    def render(self, reading: ProcessReading) -> Iterable[Family]:
        """Return the families of `reading`; what the platform does not tell has no sample."""
        return [
            RESIDENT_MEMORY.value(reading.resident_memory_bytes),
            VIRTUAL_MEMORY.value(reading.virtual_memory_bytes),
            MEMORY_BY_KIND.family(((kind,), size) for kind, size in reading.memory_by_kind.items()),
            MEMORY_RATIO.value(reading.memory_ratio),
            THREADS.value(reading.threads),
            OPEN_FDS.value(reading.open_fds),
            START_TIME.value(reading.start_time_seconds),
            CPU.value(reading.cpu_seconds, created_seconds=reading.start_time_seconds),
        ]
