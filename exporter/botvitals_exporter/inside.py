"""The bot from inside: its process, its heap, its threads and its garbage collector."""

import os
import time
from collections.abc import Sequence

from botvitals.language import gettext as _
from botvitals.performance_monitor import get_performance_monitor
from botvitals.tracing.export_counts import export_counts
from botvitals_exporter.collectors.allocator import AllocatorCollector
from botvitals_exporter.collectors.build import Build, Mode
from botvitals_exporter.collectors.census import CensusCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.event_loop import EventLoopCollector
from botvitals_exporter.collectors.garbage_collector import GarbageCollectorCollector
from botvitals_exporter.collectors.heap import HeapCollector
from botvitals_exporter.collectors.operations import OperationsCollector
from botvitals_exporter.collectors.spans import SpansCollector
from botvitals_exporter.collectors.threads import ThreadsCollector
from botvitals_exporter.failures import Failures
from botvitals_exporter.outside import OutsideVitals
from botvitals_exporter.readings import HeapReport
from botvitals_exporter.sources.allocator import AllocatorSource
from botvitals_exporter.sources.available_memory import available_memory_bytes
from botvitals_exporter.sources.census.census import CensusTaker
from botvitals_exporter.sources.census.engine import EngineChoice
from botvitals_exporter.sources.event_loop import EventLoopSource
from botvitals_exporter.sources.garbage_collector import GarbageCollectorSource
from botvitals_exporter.sources.operations import OperationsSource
from botvitals_exporter.sources.own_memory import own_memory_source
from botvitals_exporter.sources.roles import RoleRule
from botvitals_exporter.sources.threads import ThreadsSource
from botvitals_exporter.watch import Watch


class InsideVitals:
    """Every source of this process. `refresh` reads the cheap ones, `next_report` takes a census; each has a thread.

    Between `begin` and `end` the garbage collector's pauses are watched and finished timers counted.
    """

    def __init__(
        self,
        failures: Failures,
        choice: EngineChoice,
        interval_seconds: float,
        *,
        has_fixed_interval: bool = False,
        role_rules: Sequence[RoleRule] = (),
    ) -> None:
        pid = os.getpid()
        self._choice = choice
        self._outside = OutsideVitals(pid, failures, role_rules)
        self._collector_source = GarbageCollectorSource()
        self.event_loop = EventLoopSource(failures)
        self._event_loop = Watch("event_loop", self.event_loop.read, failures)
        self._threads = Watch("threads", ThreadsSource().read, failures)
        self._garbage_collector = Watch("garbage_collector", self._collector_source.read, failures)
        allocator = AllocatorSource.find()
        self._allocator = None if allocator is None else Watch("allocator", allocator.read, failures)
        self.census = CensusTaker(
            choice,
            interval_seconds=interval_seconds,
            fixed_interval=has_fixed_interval,
            available_memory=available_memory_bytes,
            process=own_memory_source(),
            failures=failures,
        )
        self._heap = HeapCollector(self.census.status, failures.remark)
        monitor = get_performance_monitor()
        failures.include("subscriber", monitor.subscriber_failures)
        self._timers = OperationsSource(monitor)
        self._operations = OperationsCollector(self._timers.read, time.time(), failures.remark)
        self._failures = failures
        self._iteration = 0

    def build(self, mode: Mode) -> Build:
        """Return what runs here, for `botvitals_build_info`."""
        return Build(mode, engine=self._choice.name, native="true" if self._choice.is_native else "false")

    def begin(self) -> None:
        """Read the cheap sources for the first time and watch the collector's pauses from here on."""
        if self._choice.not_native is not None:
            self._failures.remark(
                _("objects are counted in Python, without the native core: {reason}").format(
                    reason=self._choice.not_native
                )
            )
        self._collector_source.watch_pauses()
        self._timers.watch()
        self.refresh()

    def end(self) -> None:
        """Watch the collector's pauses, the event loops and the timers no longer."""
        self._collector_source.stop()
        self._timers.stop()
        self.event_loop.stop()

    def refresh(self) -> None:
        """Read every cheap source once."""
        self._outside.refresh()
        self._threads.refresh()
        self._event_loop.refresh()
        self._garbage_collector.refresh()
        if self._allocator is not None:
            self._allocator.refresh()

    def next_report(self) -> HeapReport | None:
        """Take a census and return it with the last readings of the rest; None where there is none."""
        census = self.census.take()
        if census is None:
            return None
        # Told now and not at a scrape, so that a type's growth is known from its first census on.
        with self._failures.surviving("heap"):
            self._heap.take(census)
        if census.tracked_objects is not None:
            # Counting them again would stop the bot a second time.
            self._collector_source.note_tracked_objects(census.tracked_objects)
        threads, garbage_collector = self._threads.refresh(), self._garbage_collector.refresh()
        if threads is None or garbage_collector is None:
            return None
        self._iteration += 1
        return HeapReport(
            iteration=self._iteration,
            time_seconds=census.time_seconds,
            census=census,
            threads=threads,
            garbage_collector=garbage_collector,
            process=self._outside.process.last,
            children=self._outside.children.last,
            limit=self._outside.limit.last,
        )

    def collectors(self) -> list[Collector]:
        """Return the collectors of what is read here."""
        inside: list[Collector] = [
            ThreadsCollector(self._threads),
            EventLoopCollector(self._event_loop),
            GarbageCollectorCollector(self._garbage_collector),
            CensusCollector(self.census.status),
            self._heap,
            self._operations,
            SpansCollector(export_counts.spans_dropped, export_counts.created_seconds),
        ]
        if self._allocator is not None:
            inside.append(AllocatorCollector(self._allocator))
        return self._outside.collectors() + inside
