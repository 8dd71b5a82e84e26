"""A process that someone else started, watched until it ends or we are told to stop."""

import queue
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import psutil

from botvitals.language import gettext as _
from botvitals_exporter.launcher.errors import LauncherError
from botvitals_exporter.launcher.stop_signals import StopSignals

LOOK_SECONDS = 0.5


class AttachedProcess:
    """Process `pid`, which is only looked at: it is never stopped, and gets no signal from us.

    Same shape as `BotProcess`, to be made on the main thread. That it has ended is seen within `look_seconds`; a zombie
    has, and so has one whose pid belongs to another process by now.

    Raises `LauncherError` where there is no such process or it may not be read.
    """

    def __init__(
        self,
        pid: int,
        *,
        look_seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pid = pid
        self._process = _attach(pid)
        self._look_seconds = look_seconds
        self._clock = clock
        self._is_over = False
        self.was_asked_to_stop = False
        self._asked_to_stop: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._signals = StopSignals(self._asked_to_stop.put).__enter__()

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """Wait for the process's end or a stop signal to us: 0 for either, None when `timeout_seconds` have passed."""
        ends = None if timeout_seconds is None else self._clock() + timeout_seconds
        while True:
            self._is_over = self._is_over or not _is_running(self._process)
            left = self._look_seconds if ends is None else min(ends - self._clock(), self._look_seconds)
            if self._is_over or left <= 0:
                return 0 if self._is_over else None
            try:
                self._asked_to_stop.get(timeout=left)
                self._is_over = self.was_asked_to_stop = True
            except queue.Empty:
                pass

    def close(self) -> None:
        """Give the signals back to those who had them."""
        self._signals.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _attach(pid: int) -> psutil.Process:
    try:
        process = psutil.Process(pid)
        if _is_running(process):
            process.memory_info()
            return process
    except psutil.AccessDenied as error:
        raise LauncherError(_("process {pid} may not be read: permission denied").format(pid=pid)) from error
    except (psutil.NoSuchProcess, ValueError, OverflowError) as error:
        raise LauncherError(_("there is no process {pid}").format(pid=pid)) from error
    raise LauncherError(_("process {pid} has ended already").format(pid=pid))


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
