"""The bot's asyncio event loops."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import EventLoopReading
from botvitals_exporter.sources.event_loop import LAG_BUCKETS_SECONDS

LAG = Metric(
    PREFIX + "event_loop_lag_seconds",
    "histogram",
    mark("How late the asyncio event loop ran what was due, asked every half second, in seconds"),
    unit="seconds",
    buckets=LAG_BUCKETS_SECONDS,
)
TASKS = Metric(PREFIX + "event_loop_tasks", "gauge", mark("Tasks on the asyncio event loop that are not done"))


class EventLoopCollector(WatchedCollector[EventLoopReading]):
    """Publishes how late the event loops run and how many tasks they have; nothing where the bot has no loop."""

    name = "event_loop"
    metrics = (LAG, TASKS)

    def render(self, reading: EventLoopReading) -> Iterable[Family]:
        """Return the families of `reading`."""
        lags = [] if reading.lag is None else [((), reading.lag)]
        return [LAG.histograms(lags), TASKS.value(reading.tasks)]
