"""The bot's operations: how long they and their segments took, how many run, how many were never ended."""

import threading
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.metric import OPERATION_BUCKETS_SECONDS, PREFIX, Metric
from botvitals_exporter.readings import OperationsReading
from botvitals_exporter.sources.operation_histograms import OPERATION_SLOTS, PAIR_SLOTS

DURATION = Metric(
    PREFIX + "operation_duration_seconds",
    "histogram",
    mark("How long operations took, by how they ended, in seconds"),
    unit="seconds",
    labels=("operation", "outcome"),
    buckets=OPERATION_BUCKETS_SECONDS,
)
CHECKPOINT = Metric(
    PREFIX + "operation_checkpoint_seconds",
    "histogram",
    mark("How long each segment of an operation took, from the mark before to this checkpoint, in seconds"),
    unit="seconds",
    labels=("operation", "checkpoint"),
    buckets=OPERATION_BUCKETS_SECONDS,
)
IN_PROGRESS = Metric(
    PREFIX + "operations_in_progress",
    "gauge",
    mark("Operations that run now"),
    labels=("operation",),
)
ABANDONED = Metric(
    PREFIX + "operations_abandoned_total",
    "counter",
    mark("Operations that were started and never ended; they enter no histogram"),
    labels=("operation",),
)


class OperationsCollector:
    """Publishes the bot's timers. They are added up when they are published, so that what runs is what runs now.

    `created_seconds` is when they began to count, `say` gets one line, once, when names had to be summed.
    """

    name = "operations"
    metrics = (DURATION, CHECKPOINT, IN_PROGRESS, ABANDONED)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(
        self, read: Callable[[], OperationsReading], created_seconds: float, say: Callable[[str], None]
    ) -> None:
        self._read = read
        self._created_seconds = created_seconds
        self._say = say
        self._saying = threading.Lock()
        self._said = False

    def collect(self) -> Iterable[Family]:
        """Return the families of what the timers say now."""
        reading = self._read()
        if reading.is_summed:
            self._say_once()
        return [
            DURATION.histograms(reading.durations.items()),
            CHECKPOINT.histograms(reading.segments.items()),
            IN_PROGRESS.family(((name,), number) for name, number in reading.in_progress.items()),
            ABANDONED.family((((name,), number) for name, number in reading.abandoned.items()), self._created_seconds),
        ]

    def _say_once(self) -> None:
        with self._saying:
            is_first, self._said = not self._said, True
        if is_first:
            self._say(
                _(
                    "More than {operations} operations, or {pairs} pairs of operation and checkpoint: "
                    "the latest to come are summed as {other} in the metrics"
                ).format(operations=OPERATION_SLOTS, pairs=PAIR_SLOTS, other=OTHER)
            )
