"""What counting the heap costs the bot, and how its censuses went."""

from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals_exporter.metric import PAUSE_BUCKETS_SECONDS, PREFIX, Metric
from botvitals_exporter.readings import CENSUS_OUTCOMES, CensusStatus

PAUSE = Metric(
    PREFIX + "census_pause_seconds",
    "histogram",
    mark("How long a census stopped the bot, in seconds"),
    unit="seconds",
    buckets=PAUSE_BUCKETS_SECONDS,
)
DURATION = Metric(
    PREFIX + "census_duration_seconds",
    "gauge",
    mark("How long the last good census took from first to last, in seconds"),
    unit="seconds",
)
INTERVAL = Metric(
    PREFIX + "census_interval_seconds",
    "gauge",
    mark("Time between censuses, stretched where one costs the bot more than its share, in seconds"),
    unit="seconds",
)
LAST_SUCCESS = Metric(
    PREFIX + "census_last_success_timestamp_seconds",
    "gauge",
    mark("When the last good census was taken, in seconds since the epoch"),
    unit="seconds",
)
CENSUSES = Metric(
    PREFIX + "censuses_total",
    "counter",
    mark("Censuses by engine and by what became of them; all other census metrics describe the last that was ok"),
    labels=("engine", "outcome"),
)


class CensusCollector:
    """Publishes what censuses cost; it goes on where none succeeds."""

    name = "census"
    metrics = (PAUSE, DURATION, INTERVAL, LAST_SUCCESS, CENSUSES)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(self, status: Callable[[], CensusStatus]) -> None:
        self._status = status
        self._last_duration_seconds: float | None = None

    def collect(self) -> Iterable[Family]:
        """Return the families of the status; every outcome of an engine exists at zero, so that a first one counts."""
        status = self._status()
        if status.last is not None:
            self._last_duration_seconds = status.last.duration_seconds
        engines = {engine for engine, _ in status.outcomes}
        return [
            PAUSE.histograms([((), status.pauses)]),
            DURATION.value(self._last_duration_seconds),
            INTERVAL.value(status.interval_seconds),
            LAST_SUCCESS.value(status.last_success_seconds),
            CENSUSES.family(
                (
                    ((engine, outcome), status.outcomes.get((engine, outcome), 0))
                    for engine in sorted(engines)
                    for outcome in CENSUS_OUTCOMES
                ),
                status.pauses.created_seconds,
            ),
        ]
