"""The bot's Python threads."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import ThreadsReading

THREADS = Metric(
    PREFIX + "threads",
    "gauge",
    mark("Python threads of the bot; daemon threads do not hold its exit up"),
    labels=("daemon",),
)


class ThreadsCollector(WatchedCollector[ThreadsReading]):
    """Publishes how many Python threads there are; both kinds are always there, so that a first one shows as a rise."""

    name = "threads"
    metrics = (THREADS,)

    def render(self, reading: ThreadsReading) -> Iterable[Family]:
        """Return the family of `reading`."""
        daemons = sum(thread.daemon for thread in reading.threads)
        return [THREADS.family([(("true",), daemons), (("false",), len(reading.threads) - daemons)])]
