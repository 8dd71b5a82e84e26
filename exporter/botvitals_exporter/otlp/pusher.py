"""Pushing metrics on a clock, from a thread of its own that the bot never waits for."""

import threading
import time
from collections.abc import Callable, Iterable

from opentelemetry import context
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.resources import Resource
from prometheus_client.metrics_core import Metric as Family

from botvitals.tracing.hush import Hush
from botvitals_exporter.failures import describe
from botvitals_exporter.otlp.translation import metrics_data
from botvitals_exporter.schedule import Schedule

# Who speaks during a push. urllib3 logs the address at DEBUG, and that may hold a key.
TALKATIVE = (
    "opentelemetry.exporter.otlp.common.http",
    "opentelemetry.exporter.otlp.proto.common._internal.metrics_encoder",
    "opentelemetry.exporter.otlp.proto.http._common",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.sdk.metrics._internal.export",
    "opentelemetry.util.re",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.util.retry",
)


class MetricsPusher:
    """Pushes what `collect` yields as the metrics of `resource` every `interval_seconds`, and once more at the end.

    `exporter` pushes on the clock, `last_exporter` at the end: it ought to be impatient. `on_failure` gets the reason
    of each push that did not arrive. Where `collect` yields nothing, as in a forked child, nothing is pushed.
    """

    def __init__(
        self,
        collect: Callable[[], Iterable[Family]],
        resource: Resource,
        exporter: MetricExporter,
        last_exporter: MetricExporter,
        on_failure: Callable[[str], object],
        interval_seconds: float,
        *,
        time_seconds: Callable[[], float] = time.time,
    ) -> None:
        self._collect = collect
        self._resource = resource
        self._exporter = exporter
        self._last_exporter = last_exporter
        self._on_failure = on_failure
        self._interval_seconds = interval_seconds
        self._time_seconds = time_seconds
        self._hush = Hush(TALKATIVE)
        self._stopping = threading.Event()
        # At exit it would be too late to start a thread on Python 3.12.
        self._thread = threading.Thread(target=self._run, name="botvitals-otlp", daemon=True)

    def start(self) -> None:
        """Start the thread; the first push comes one interval later. Raises RuntimeError where there are no threads."""
        self._thread.start()

    def push(self) -> bool:
        """Push once and return whether it arrived. Never raises; takes as long as the exporter does."""
        return self._push(self._exporter)

    def stop(self) -> None:
        """Have the thread push once more and end, without waiting for it; a pause before another try is cut short."""
        if not self._stopping.is_set():
            self._stopping.set()
            with self._hush:
                self._exporter.shutdown()

    def join(self, timeout_seconds: float) -> None:
        """Wait for the end; a thread that hangs in a request by then is left to the process's end."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        # Our requests make no spans where the bot has its HTTP library instrumented.
        context.attach(context.set_value(context._SUPPRESS_INSTRUMENTATION_KEY, True))
        schedule = Schedule(self._interval_seconds)
        while not self._stopping.wait(schedule.remaining_seconds()):
            self.push()
            schedule.advance(self._interval_seconds)
        self._push(self._last_exporter)
        self._hush.remove()

    def _push(self, exporter: MetricExporter) -> bool:
        with self._hush:
            try:
                families = list(self._collect())
                if not families:
                    return True
                result = exporter.export(metrics_data(families, self._resource, self._time_seconds()))
                reason = self._hush.first or type(exporter).__name__
            except Exception as error:  # noqa: BLE001 - whatever a push meets, the next one is tried
                result, reason = MetricExportResult.FAILURE, describe(error)
        if result is MetricExportResult.SUCCESS:
            return True
        if not self._was_cut_short(exporter):
            self._on_failure(reason)
        return False

    def _was_cut_short(self, exporter: MetricExporter) -> bool:
        """Whether the push failed because `stop` was called: the last one, right behind it, tells how things are."""
        return exporter is self._exporter and self._stopping.is_set()
