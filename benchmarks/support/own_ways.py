"""botvitals' ways to count."""

import time

from botvitals_exporter.sources.census.engine import Engine, Tally
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.names import type_name
from botvitals_exporter.sources.census.walk import count_heap
from support.heap import Message
from support.ways import Found


class EngineWay:
    """An engine as the exporter uses it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def count(self) -> Tally:
        """Count by type and by module, with sizes."""
        return self.engine.count()

    def found(self, counted: Tally) -> Found:
        """Read the types."""
        own = sum(count.objects for count in counted.types if count.name == type_name(Message))
        return Found(sum(count.objects for count in counted.types), own, counted.pause_seconds)


class _WalkEngine:
    """The walk that counts in Python where there is no native core, whether or not there is one here."""

    name = "python"
    free_memory_ratio = 1.0

    def count(self) -> Tally:
        """Count every object once."""
        began_seconds, cpu_began_seconds = time.perf_counter(), time.thread_time()
        totals = count_heap()
        return Tally(
            totals.types(),
            totals.modules(),
            pause_seconds=time.perf_counter() - began_seconds,
            cpu_seconds=time.thread_time() - cpu_began_seconds,
        )


def snapshot() -> EngineWay:
    """Return the engine that counts in a copy of the process."""
    return EngineWay(engine_named("snapshot"))


def inline() -> EngineWay:
    """Return the engine that counts in the process."""
    return EngineWay(engine_named("inline"))


def python_walk() -> EngineWay:
    """Return what counts in the process without a native core."""
    return EngineWay(_WalkEngine())
