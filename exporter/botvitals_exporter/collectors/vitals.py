"""All collectors as one, the form in which a prometheus_client registry takes them."""

import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric as Family

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.failures import Failures
from botvitals_exporter.metric import PREFIX, Metric

UP = Metric(
    PREFIX + "collector_up",
    "gauge",
    mark("Whether what a collector publishes was read well, 1 or 0"),
    labels=("collector",),
)
DURATION = Metric(
    PREFIX + "collector_duration_seconds",
    "gauge",
    mark("How long it took to read what a collector publishes, in seconds"),
    unit="seconds",
    labels=("collector",),
)


_silent: "weakref.WeakSet[Vitals]" = weakref.WeakSet()


class Vitals:
    """Renders the last readings of every collector; a scrape reads no source and starts no census.

    A collector that raises costs its own series only: it is counted, and its `botvitals_collector_up` is 0.
    """

    metrics = (UP, DURATION)

    def __init__(self, collectors: Sequence[Collector], failures: Failures) -> None:
        self._collectors = tuple(collectors)
        self._failures = failures
        self._is_silent = False

    def silence(self) -> None:
        """Publish nothing more, without leaving the registry: its lock may be held for ever in a forked child."""
        self._is_silent = True
        _silent.add(self)

    def describe(self) -> list[Family]:
        """Return every family that a scrape may bring, without samples: a registry asks when it takes us on."""
        own = (metric for collector in self._collectors for metric in collector.metrics)
        return [metric.empty() for metric in (*own, *self.metrics)]

    def collect(self) -> Iterable[Family]:
        """Yield the families that have samples, then how each collector fares."""
        if self._is_silent:
            return
        up: dict[str, bool] = {}
        durations: dict[str, float] = {}
        for collector in self._collectors:
            try:
                families = [family for family in collector.collect() if family.samples]
                is_up, duration = collector.up, float(collector.duration_seconds)
            except Exception as error:  # noqa: BLE001 - whatever a collector meets, the others are published
                self._note(collector, error)
                up[collector.name] = False
                continue
            yield from families
            if is_up is not None:
                up[collector.name] = is_up
                durations[collector.name] = duration
        yield UP.family(((name,), is_up) for name, is_up in up.items())
        yield DURATION.family(((name,), duration) for name, duration in durations.items())

    def _note(self, collector: Collector, error: Exception) -> None:
        kind = type(error).__name__
        self._failures.note(
            collector.name,
            _("The metrics of {collector} could not be made: {error}").format(
                collector=collector.name, error=f"{kind}: {error}"
            ),
            kind=f"render {kind}",
        )


def register(registry: CollectorRegistry, collectors: Sequence[Collector], failures: Failures) -> Vitals:
    """Add `collectors` to `registry` as one and return that one, which `registry.unregister` takes out again.

    Where the registry has a `target_info` of its own, ours is left out. Raises ValueError where another of its metrics
    bears one of our names, which is so when botvitals is registered there already.
    """
    for silent in list(_silent):  # a forked child that starts botvitals anew, in the registry that its parent filled
        with suppress(KeyError):
            registry.unregister(silent)
    without_target = [collector for collector in collectors if collector.name != "target"]
    vitals = Vitals(collectors, failures)
    try:
        registry.register(vitals)
    except ValueError:
        vitals = Vitals(without_target, failures)
        try:
            registry.register(vitals)
        except ValueError as error:
            raise ValueError(
                _(
                    "This registry has metrics of these names already; is botvitals registered in it twice? ({clash})"
                ).format(clash=error)
            ) from error
    return vitals
