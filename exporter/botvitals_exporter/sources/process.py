"""The bot's process as the operating system sees it."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

from botvitals_exporter.readings import MemoryKind, ProcessReading
from botvitals_exporter.sources.kernel_files import read_bytes

# What the kernel calls them in /proc/PID/status: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
_STATUS_FIELDS: dict[bytes, MemoryKind] = {
    b"RssAnon": "anonymous",
    b"RssFile": "file",
    b"RssShmem": "shared",
    b"VmSwap": "swap",
}

Value = TypeVar("Value")


class ProcessSource:
    """Reads the process `pid`, which must be running: raises psutil.NoSuchProcess otherwise.

    The process is told from a later one with the same pid by when it was created.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc")) -> None:
        self.pid = pid
        self._process = psutil.Process(pid)
        self._status = proc / str(pid) / "status"
        self._machine_memory_bytes = psutil.virtual_memory().total
        if not self.is_running():
            raise psutil.NoSuchProcess(pid)

    def is_running(self) -> bool:
        """Return whether it still runs: a zombie does not, nor does another process with its pid."""
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def read(self) -> ProcessReading:
        """Return what the process takes now.

        Raises psutil.NoSuchProcess once it does not run any more, psutil.AccessDenied where not even its memory may be
        read; a lesser field that may not be read is None.
        """
        process = self._process
        with process.oneshot():
            memory = process.memory_info()
            cpu = process.cpu_times()
            reading = ProcessReading(
                pid=self.pid,
                resident_memory_bytes=memory.rss,
                virtual_memory_bytes=memory.vms,
                memory_ratio=memory.rss / self._machine_memory_bytes,
                memory_by_kind=memory_fields(self._status)[0],
                threads=_unless_denied(process.num_threads),
                open_fds=_unless_denied(lambda: _open_fds(process)),
                start_time_seconds=process.create_time(),
                cpu_seconds=cpu.user + cpu.system,
            )
        # A process that is on its way out has given its memory back before it is a zombie.
        if reading.virtual_memory_bytes == 0 or not self.is_running():
            raise psutil.NoSuchProcess(self.pid)
        return reading


def memory_fields(status: Path) -> tuple[dict[MemoryKind, int], int]:
    """Return what RSS consists of, and RSS itself, by a `/proc/PID/status`; what it does not tell is left out, or 0."""
    kinds: dict[MemoryKind, int] = {}
    resident_bytes = 0
    with suppress(ValueError):
        for line in read_bytes(status).splitlines():
            name, _, value = line.partition(b":")
            if name in _STATUS_FIELDS:
                kinds[_STATUS_FIELDS[name]] = int(value.removesuffix(b"kB")) * 1024
            elif name == b"VmRSS":
                resident_bytes = int(value.removesuffix(b"kB")) * 1024
    return kinds, resident_bytes


def _open_fds(process: psutil.Process) -> int | None:
    if sys.platform == "win32":
        return None
    # Of its own process psutil lists the descriptor that it lists them with.
    lists_itself = sys.platform == "linux" and process.pid == os.getpid()
    return process.num_fds() - lists_itself


def _unless_denied(read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except psutil.AccessDenied:
        return None
