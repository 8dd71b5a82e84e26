"""A bot watched from inside with an engine of the test's own."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botvitals.identity import Identity
from botvitals_exporter.collectors.build import Build
from botvitals_exporter.exporter import Exporter, Show, running_exporter
from botvitals_exporter.failures import Failures
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.publisher import Publisher
from botvitals_exporter.readings import ModuleCount, TypeCount
from botvitals_exporter.sources.census.engine import Always, Tally

SMALL = Tally((TypeCount("dict", 3, 300),), (ModuleCount("builtins", 3, 300),), pause_seconds=0.0, cpu_seconds=0.0)


class FakeEngine:
    """Counts what it is told to, or does what `count` does."""

    name = "inline"
    free_memory_ratio = 0.0

    def __init__(self, count: Callable[[], Tally] = lambda: SMALL) -> None:
        self._count = count
        self.counted = 0

    def count(self) -> Tally:
        self.counted += 1
        return self._count()


def exporter_of(
    engine: FakeEngine, failures: Failures, show: Show | None = None, interval_seconds: float = 0.002
) -> Exporter:
    """An exporter that has not begun, and serves nothing."""
    vitals = InsideVitals(failures, Always(engine, is_native=False), interval_seconds, has_fixed_interval=True)
    publisher = Publisher(vitals.collectors(), Build("library"), Identity("bot", "1"), failures)
    return Exporter(vitals, publisher, failures, interval_seconds, show=show)


def our_threads() -> list[str]:
    """The names of our threads that live."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("botvitals")]


@contextmanager
def nothing_left_running() -> Iterator[None]:
    """Stop the exporter that runs at the end, and see that no thread and no callback of ours outlives it."""
    callbacks = list(gc.callbacks)
    yield
    exporter = running_exporter()
    if exporter is not None:
        exporter.stop()
    assert our_threads() == []
    assert gc.callbacks == callbacks
