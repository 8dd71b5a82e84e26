"""botvitals at work inside a bot: reading on its own clock, publishing, and stopping when told."""

import atexit
import os
import threading
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
from botvitals_exporter.server.listener import Listener

Show = Callable[[HeapReport], None]


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
        listener: Listener | None = None,
        show: Show | None = None,
    ) -> None:
        self.port = None if listener is None else listener.port
        self.url = None if listener is None else listener.url
        self._vitals = vitals
        self._publisher = publisher
        self._failures = failures
        self._show = show
        self._stopped = threading.Event()
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

    @property
    def is_running(self) -> bool:
        """Whether it has not been stopped, and this is the process that it was started in."""
        return not self._stopped.is_set()

    def begin(self) -> Self:
        """Read for the first time and start the threads."""
        _abandon_in_forked_children()
        self._vitals.begin()
        for thread in self._threads:
            thread.start()
        # A thread that still writes to stdout while the interpreter closes it would abort the bot at its very end.
        atexit.register(self.stop)
        _running.append(self)
        return self

    def stop(self) -> None:
        """Stop reading and serving, within two seconds; further calls do nothing."""
        if self._stopped.is_set():
            return
        self._leave()
        for thread in self._threads:
            thread.stop()
        self._publisher.stop()
        atexit.unregister(self.stop)

    def abandon(self) -> None:
        """In a forked child of the bot, where the threads do not run: count and publish nothing."""
        self._leave()
        self._publisher.silence()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _leave(self) -> None:
        self._stopped.set()
        self._vitals.end()
        if self in _running:
            _running.remove(self)

    def _take_census(self) -> None:
        report = self._vitals.next_report()
        if report is None or self._show is None or self._stopped.is_set():
            return
        try:
            self._show(report)
        except Exception as error:  # noqa: BLE001 - what becomes of a block is no affair of the bot's
            self._failures.note("output", f"{type(error).__name__}: {error}", kind=type(error).__name__)


# The exporter of this process, at most one.
_running: list[Exporter] = []


def running_exporter() -> Exporter | None:
    """Return the exporter that runs in this process, None where none does."""
    return _running[-1] if _running else None


@cache
def _abandon_in_forked_children() -> None:
    """Have every child that the bot forks count and publish nothing; the hook cannot be taken back, so it is cached."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_abandon_all)


def _abandon_all() -> None:
    for exporter in _running:
        exporter.abandon()
