"""botvitals at work inside a bot: reading on its own clock, publishing, and stopping when told."""

import atexit
import os
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Self
from wsgiref.types import WSGIApplication

from botvitals_exporter.failures import Failures
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.publisher import Publisher
from botvitals_exporter.readings import HeapReport
from botvitals_exporter.schedule import ReadingThread
from botvitals_exporter.tracing.span_export import SpanExport

Show = Callable[[HeapReport], None]

# How long a reading may go on once it is told to stop. The server has as long for what it answers: two seconds in all.
_LAST_READING_SECONDS = 1.0


class Exporter:
    """Reads this process every interval and publishes what it read, until `stop`; usable as a context manager.

    `port` and `url` tell where /metrics is served; both are None where nothing is served.
    """

    def __init__(
        self,
        vitals: InsideVitals,
        publisher: Publisher,
        failures: Failures,
        interval_seconds: float,
        *,
        show: Show | None = None,
        spans: SpanExport | None = None,
    ) -> None:
        self.port = publisher.port
        self.url = publisher.url
        self._vitals = vitals
        self._publisher = publisher
        self._failures = failures
        self._show = show
        self._spans = spans
        self._is_stopped = False
        self._threads = (
            ReadingThread(
                "botvitals-readings", vitals.refresh, lambda: interval_seconds, first_seconds=interval_seconds
            ),
            ReadingThread(
                "botvitals-census",
                self._take_census,
                lambda: vitals.census.interval_seconds,
                first_seconds=interval_seconds,
            ),
        )

    @property
    def app(self) -> WSGIApplication:
        """The WSGI application that serves what is read."""
        return self._publisher.app

    def begin(self) -> Self:
        """Read for the first time and start the threads."""
        _abandon_in_forked_children()
        _running.append(self)
        # A thread that still writes to stdout while the interpreter closes it would abort the bot at its very end.
        atexit.register(self.stop)
        self._vitals.begin()
        if self._spans is not None:
            self._spans.begin()
        for thread in self._threads:
            with self._failures.surviving("readings"):  # a bot that is out of threads, or about to exit
                thread.start()
        return self

    def attend(self, loop: AbstractEventLoop | None) -> Self:
        """Watch how late `loop` runs and how many tasks it has, where there is one; usable from any thread."""
        if loop is not None:
            self._vitals.event_loop.attend(loop)
        return self

    def stop(self) -> None:
        """Stop reading and serving, within two seconds; further calls do nothing."""
        if self._is_stopped:
            return
        self._leave()
        atexit.unregister(self.stop)
        if self._spans is not None:
            self._spans.finish()  # while the rest ends
        ends = time.monotonic() + _LAST_READING_SECONDS
        for thread in self._threads:
            thread.stop()
        for thread in self._threads:
            thread.join(max(0.0, ends - time.monotonic()))
        self._publisher.stop()
        if self._spans is not None:
            self._spans.stop()

    def abandon(self) -> None:
        """In a forked child of the bot, where the threads do not run: count and publish nothing."""
        self._leave()
        self._publisher.silence()
        if self._spans is not None:
            atexit.register(self._spans.stop)  # spans of the child's own are sent all the same

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _leave(self) -> None:
        self._is_stopped = True
        if self in _running:
            _running.remove(self)
        self._vitals.end()

    def _take_census(self) -> None:
        report = self._vitals.next_report()
        if report is not None and self._show is not None and not self._is_stopped:
            with self._failures.surviving("output"):
                self._show(report)


# The exporter of this process, at most one.
_running: list[Exporter] = []


def running_exporter() -> Exporter | None:
    """Return the exporter that runs in this process, None where none does."""
    return _running[-1] if _running else None


@cache
def _abandon_in_forked_children() -> None:
    """Have every child that the bot forks count and publish nothing; the hook cannot be taken back, so it is cached."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon_running)


def _abandon_running() -> None:
    exporter = running_exporter()
    if exporter is not None:
        exporter.abandon()
