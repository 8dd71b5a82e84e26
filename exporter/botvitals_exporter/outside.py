"""The bot from outside: the sources that `monitor` reads, and that a bot read from inside has too."""

import time
from collections.abc import Callable, Sequence

import psutil

from botvitals_exporter.collectors.children import ChildrenCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.memory_limit import MemoryLimitCollector
from botvitals_exporter.collectors.process import ProcessCollector
from botvitals_exporter.failures import Failures
from botvitals_exporter.readings import ProcessReport
from botvitals_exporter.sources.children import ChildrenSource
from botvitals_exporter.sources.memory_limit import MemoryLimitSource
from botvitals_exporter.sources.process import ProcessSource
from botvitals_exporter.sources.roles import RoleRule
from botvitals_exporter.watch import Watch

# What a process that has ended is met with: what `monitor` waits for, and no failure.
GONE = (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError)


class OutsideVitals:
    """The process `pid`, its children and its memory limit, each watched on its own.

    Raises one of `GONE` where there is no such process.
    """

    def __init__(
        self,
        pid: int,
        failures: Failures,
        role_rules: Sequence[RoleRule] = (),
        time_seconds: Callable[[], float] = time.time,
    ) -> None:
        self.process = Watch("process", ProcessSource(pid).read, failures, gone=GONE)
        self.children = Watch("children", ChildrenSource(pid, role_rules).read, failures, gone=GONE)
        self.limit = Watch("memory_limit", MemoryLimitSource(pid).read, failures, gone=GONE)
        self._failures = failures
        self._time_seconds = time_seconds
        self._iteration = 0

    def refresh(self) -> None:
        """Read every source once."""
        for watch in (self.process, self.children, self.limit):
            watch.refresh()

    def next_report(self) -> ProcessReport | None:
        """Read every source and return what they saw; None where the process itself could not be read."""
        self.refresh()
        if self.process.last is None or self.children.last is None:
            return None
        self._iteration += 1
        return ProcessReport(
            iteration=self._iteration,
            time_seconds=self._time_seconds(),
            process=self.process.last,
            children=self.children.last,
            limit=self.limit.last,
        )

    def collectors(self) -> list[Collector]:
        """Return the collectors of what is read here."""
        return [
            ProcessCollector(self.process),
            ChildrenCollector(self.process, self.children, self._failures.remark),
            MemoryLimitCollector(self.limit),
        ]
