"""All collectors over fixed readings, so that a scrape of them is the same every time."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from botvitals.identity import Identity
from botvitals_exporter.collectors.allocator import AllocatorCollector
from botvitals_exporter.collectors.build import Build, BuildCollector
from botvitals_exporter.collectors.census import CensusCollector
from botvitals_exporter.collectors.children import ChildrenCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.errors import ErrorsCollector
from botvitals_exporter.collectors.event_loop import EventLoopCollector
from botvitals_exporter.collectors.garbage_collector import GarbageCollectorCollector
from botvitals_exporter.collectors.heap import HeapCollector
from botvitals_exporter.collectors.memory_limit import MemoryLimitCollector
from botvitals_exporter.collectors.operations import OperationsCollector
from botvitals_exporter.collectors.otlp import OtlpCollector
from botvitals_exporter.collectors.process import ProcessCollector
from botvitals_exporter.collectors.spans import SpansCollector
from botvitals_exporter.collectors.target import TargetCollector
from botvitals_exporter.collectors.threads import ThreadsCollector
from botvitals_exporter.collectors.vitals import register
from botvitals_exporter.failures import Failures
from botvitals_exporter.histogram import Histogram, HistogramReading
from botvitals_exporter.metric import PAUSE_BUCKETS_SECONDS
from botvitals_exporter.readings import (
    AllocatorReading,
    CensusReading,
    CensusStatus,
    ChildrenReading,
    EventLoopReading,
    GarbageCollectorReading,
    GenerationReading,
    MemoryLimitReading,
    ModuleCount,
    OwnersReading,
    ThreadReading,
    ThreadsReading,
    TypeCount,
)
from botvitals_exporter.sources.event_loop import LAG_BUCKETS_SECONDS
from botvitals_exporter.sources.operations import OperationsSource
from botvitals_exporter.watch import Reading, Watch
from support_operations import FakeTimers, operation, traced
from support_reports import MB, child_reading, process_reading

BUILD = Build("objects", "inline", "false", "1.2.3", "3.12.1")
IDENTITY = Identity("face-swap-bot", "0b0cbb5e-6b0e-5b0e-8b0e-0b0cbb5e6b0e")

AWKWARD_NAMES = (
    'bot.make."quoted"',
    "bot.back\\slash",
    "bot.line\nbreak",
    "bot.lone\udc80surrogate",
    "bot." + "Long" * 40,
    "bot.消息",
)


def failures() -> Failures:
    return Failures(lambda line: None)


def watch(name: str, reading: Reading) -> Watch[Reading]:
    """A watch that has read `reading`, in a quarter of a second."""
    moments = iter((10.0, 10.25))
    watched = Watch(name, lambda: reading, failures(), clock=lambda: next(moments))
    watched.refresh()
    return watched


def pauses(*seconds: float, buckets: Sequence[float] = PAUSE_BUCKETS_SECONDS) -> HistogramReading:
    histogram = Histogram(buckets, created_seconds=1_700_000_000.0)
    for pause in seconds:
        histogram.observe(pause)
    return histogram.read()


def census(
    types: Sequence[TypeCount] = (TypeCount("dict", 125_843, 45 * MB), TypeCount("bot.Session", 50_000, 3 * MB)),
    modules: Sequence[ModuleCount] = (ModuleCount("builtins", 125_843, 45 * MB), ModuleCount("bot", 50_000, 3 * MB)),
    *,
    time_seconds: float = 1_700_000_100.5,
) -> CensusReading:
    owners = OwnersReading(
        (TypeCount("bot.Session", 170_000, 40 * MB),),
        (ModuleCount("bot", 170_100, 41 * MB), ModuleCount("builtins", 5_743, 7 * MB)),
    )
    types, modules = tuple(types), tuple(modules)
    return CensusReading("inline", time_seconds, 0.07, 1.75, 1.5, types, modules, 5 * MB, owners=owners)


def census_status(last: CensusReading | None) -> CensusStatus:
    return CensusStatus(
        last,
        None if last is None else last.time_seconds,
        10.0,
        {("inline", "ok"): 6, ("inline", "no_memory"): 1},
        pauses(0.07, 0.0004),
    )


def operations() -> OperationsSource:
    """The timers of a bot: one reply ok and traced, one failed, one running, a menu never ended."""
    timers = FakeTimers()
    timers.names, timers.running, timers.given_up = ["reply", "menu"], {"reply": 1}, {"menu": 1}
    source = OperationsSource(timers, lambda: 1_700_000_000.0)
    source.watch()
    timers.finish(
        traced("00f067aa0ba902b7", 0.75, ("state", 0.0625), ("api", 0.5)),
        operation("reply", 2.0, "error", ("state", 0.125)),
    )
    return source


def all_collectors(last: CensusReading | None = None) -> list[Collector]:
    last = census() if last is None else last
    process = watch("process", process_reading())
    children = ChildrenReading(
        (
            child_reading(12346, 520.15),
            child_reading(12347, 203.49, role="uvicorn"),
            child_reading(12348, 3, role="uvicorn"),
        )
    )
    garbage = GarbageCollectorReading(
        (GenerationReading(1_234, 900, 0), GenerationReading(56, 100, 0), GenerationReading(3, 50, 2)),
        tracked_objects=456_789,
        garbage_objects=2,
        pauses=(pauses(0.0001, 0.0002), pauses(0.003), pauses(0.3, 7.0)),
    )
    threads = ThreadsReading((ThreadReading("MainThread", daemon=False, alive=True),))
    loops = EventLoopReading(pauses(0.0007, 0.02, 3.0, buckets=LAG_BUCKETS_SECONDS), tasks=12)
    return [
        ProcessCollector(process),
        MemoryLimitCollector(watch("memory_limit", MemoryLimitReading(512 * MB, 300 * MB, 1))),
        ChildrenCollector(process, watch("children", children), print),
        HeapCollector(lambda: census_status(last), print),
        AllocatorCollector(watch("allocator", AllocatorReading(60 * MB, 20 * MB))),
        CensusCollector(lambda: census_status(last)),
        GarbageCollectorCollector(watch("garbage_collector", garbage)),
        ThreadsCollector(watch("threads", threads)),
        EventLoopCollector(watch("event_loop", loops)),
        OperationsCollector(operations().read, 1_700_000_000.0, print),
        ErrorsCollector(lambda: {"output": 2}, created_seconds=1_700_000_000.0),
        OtlpCollector(lambda: {"metrics": 1, "traces": 0}, created_seconds=1_700_000_000.0),
        SpansCollector(lambda: 3, created_seconds=1_700_000_000.0),
        BuildCollector(BUILD),
        TargetCollector(IDENTITY),
    ]


def registry_of(collectors: Sequence[Collector]) -> CollectorRegistry:
    registry = CollectorRegistry()
    register(registry, collectors, failures())
    return registry
