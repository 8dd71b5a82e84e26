"""How long a scrape takes, beside prometheus_client's own registry with as many plain gauges, and what a census adds.

Usage: python benchmarks/scrape.py

Each row is one WSGI call with the headers of Prometheus 3.13 (OpenMetrics, gzip): the median of many in processor time,
since other programs of a busy machine do not show in it; ours and the peer's take turns. Budgets: 5 ms at 500 series;
10 ms per 1,000 lines at the caps.
"""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

from prometheus_client import CollectorRegistry, Gauge, make_wsgi_app
from prometheus_client.metrics_core import Metric as Family

from botvitals_exporter.collectors.children import ChildrenCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.heap import HeapCollector
from botvitals_exporter.collectors.operations import OperationsCollector
from botvitals_exporter.metric import Metric
from botvitals_exporter.readings import ChildrenReading, ModuleCount, TypeCount
from botvitals_exporter.server.app import vitals_app
from botvitals_exporter.sources.operation_histograms import OPERATION_SLOTS, PAIR_SLOTS
from botvitals_exporter.sources.operations import OperationsSource

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support_operations import FakeTimers, traced
from support_reports import child_reading, process_reading
from support_vitals import BUILD, IDENTITY, all_collectors, census, census_status, failures, registry_of, watch

ROUNDS = 60
PROMETHEUS = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/metrics",
    "HTTP_ACCEPT": (
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    ),
    "HTTP_ACCEPT_ENCODING": "gzip",
}
FILLER = Metric("botvitals_filler", "gauge", "Series that only this benchmark has", labels=("number",))


class Filler:
    """So many gauges more, made anew at each scrape."""

    name = "filler"
    metrics = (FILLER,)
    up = True
    duration_seconds = 0.0

    def __init__(self, number: int) -> None:
        self._number = number

    def collect(self) -> Iterable[Family]:
        """Return them."""
        return [FILLER.family(((f"package.module.Class{place}",), place) for place in range(self._number))]


def crowded_operations() -> OperationsCollector:
    """More operations and checkpoints than there are slots, each with an exemplar in every third bucket."""
    timers = FakeTimers()
    source = OperationsSource(timers)
    source.watch()
    letters = "abcdefghijklmnopqrstuvwxyz"
    for place in range(OPERATION_SLOTS + 10):
        name = f"operation {letters[place // 26]}{letters[place % 26]}"
        marks = [(letters[step], 0.01 * step) for step in range(PAIR_SLOTS // OPERATION_SLOTS + 1)]
        for seconds in (0.05, 0.5, 5.0, 60.0):
            timers.finish(traced("00f067aa0ba902b7", seconds, *marks)._replace(name=name))
    return OperationsCollector(source.read, 0.0, failures().say_safely)


def at_the_caps() -> list[Collector]:
    """All collectors with more types, modules, roles, operations and checkpoints than there are slots."""
    last = census(
        [TypeCount(f"package.module_{place}.Class{place}", place + 1, 10_000 - place) for place in range(5_000)],
        [ModuleCount(f"package_{place}", place + 1, 10_000 - place) for place in range(300)],
    )
    children = ChildrenReading(tuple(child_reading(pid, 100 + pid, role=f"worker.{pid}") for pid in range(50)))
    crowded: list[Collector] = [
        HeapCollector(lambda: census_status(last), failures().say_safely),
        ChildrenCollector(watch("process", process_reading()), watch("children", children), failures().say_safely),
        crowded_operations(),
    ]
    names = {collector.name for collector in crowded}
    return crowded + [collector for collector in all_collectors() if collector.name not in names]


def series(registry: CollectorRegistry) -> int:
    """Return how many series a scrape brings."""
    return sum(len(family.samples) for family in registry.collect())


def lines(registry: CollectorRegistry) -> int:
    """Return how many lines a scrape has, comments included."""
    call = vitals_app(registry, BUILD, IDENTITY, failures())
    plain = {**PROMETHEUS, "HTTP_ACCEPT_ENCODING": ""}
    return b"".join(call(plain, lambda *_arguments: None)).count(b"\n")


def plain_gauges(number: int) -> CollectorRegistry:
    """Return a registry as a bot's owner would fill it by hand: one gauge with so many labels."""
    registry = CollectorRegistry()
    gauge = Gauge("botvitals_object_bytes", "Shallow size of objects", ["type"], registry=registry)
    for place in range(number):
        gauge.labels(f"package.module_{place}.Class{place}").set(10_000 - place)
    return registry


def milliseconds(calls: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
    """Return the median processor time of each call; they take turns, so that a busy machine meets all alike."""
    times: list[list[float]] = [[] for _ in calls]
    for _round in range(rounds):
        for call, taken in zip(calls, times, strict=True):
            began = time.thread_time()
            call()
            taken.append((time.thread_time() - began) * 1_000)
    return [median(taken) for taken in times]


def scrape(app: Callable[..., Iterable[bytes]]) -> Callable[[], object]:
    """Return a call that scrapes `app` once."""
    return lambda: b"".join(app(dict(PROMETHEUS), lambda *_arguments: None))


def measure(title: str, collectors: list[Collector]) -> None:
    """Print the row of `collectors`."""
    registry = registry_of(collectors)
    number = series(registry)
    ours, peer = milliseconds(
        [
            scrape(vitals_app(registry, BUILD, IDENTITY, failures())),
            scrape(make_wsgi_app(plain_gauges(number))),
        ]
    )
    length = lines(registry)
    print(f"{title:<16}{number:>7}{length:>7}{ours:>9.2f}{ours / length * 1_000:>13.2f}{peer:>9.2f}{ours / peer:>7.2f}")


def measure_a_new_census() -> None:
    """What the census thread pays for 5,000 types: slots, growth and families, once for each census."""
    heap = HeapCollector(lambda: census_status(None), failures().say_safely)
    censuses = iter(
        census(
            [TypeCount(f"p.m.Class{place}", 9, 10_000 - place + turn * (place % 7)) for place in range(5_000)],
            [ModuleCount(f"package_{place}", 9, 10_000 - place) for place in range(300)],
            time_seconds=1_700_000_000.0 + 10 * turn,
        )
        for turn in range(ROUNDS)
    )
    prepared = list(censuses)
    position = iter(prepared)
    [taken] = milliseconds([lambda: heap.take(next(position))])
    print(f"\na new census of 5,000 types and 300 modules: {taken:.2f} ms")


if __name__ == "__main__":
    print(f"{'':<16}{'series':>7}{'lines':>7}{'ours ms':>9}{'ms/1k lines':>13}{'peer ms':>9}{'ratio':>7}")
    measure("a small bot", all_collectors())
    short = 500 - series(registry_of([*all_collectors(), Filler(0)]))
    measure("500 series", [*all_collectors(), Filler(short)])
    measure("at the caps", at_the_caps())
    measure_a_new_census()
