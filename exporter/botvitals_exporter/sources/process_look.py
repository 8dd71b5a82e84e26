"""How a process is looked at: by the kernel's own files where there are any, else by psutil."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import psutil

from botvitals_exporter.readings import ProcessReading
from botvitals_exporter.sources.proc_files import Stat, memory_fields, read_stat, read_statm, ticks_a_second

Value = TypeVar("Value")


class ProcessLook(Protocol):
    """One way to look at a process, which is told from a later one with the same pid."""

    def is_running(self) -> bool:
        """Return whether it still runs: a zombie does not."""

    def read(self, machine_memory_bytes: int) -> ProcessReading | None:
        """Return what it takes of a machine with so much memory; None, or psutil.NoSuchProcess, once it has ended.

        Raises OSError where the system does not let itself be asked.
        """


def look_at_process(pid: int, proc: Path) -> ProcessLook:
    """Return the best way that this system offers. Raises psutil.NoSuchProcess where there is no such process."""
    return ProcLook(pid, str(proc)) if (proc / str(pid) / "stat").exists() else PsutilLook(pid)


class ProcLook:
    """What the kernel's files tell, read as `kernel_files` does: psutil asks for the GIL at each step."""

    def __init__(self, pid: int, proc: str) -> None:
        self._pid = pid
        self._proc = proc
        # psutil knows when the machine was started, from which the kernel counts.
        self._start_time_seconds = psutil.Process(pid).create_time()
        stat = read_stat(self._proc, pid)
        self._started_ticks = None if stat is None else stat.started_ticks

    def is_running(self) -> bool:
        """Return whether it still runs: a zombie does not."""
        return self._stat() is not None

    def read(self, machine_memory_bytes: int) -> ProcessReading | None:
        """Return what it takes, None once it has ended."""
        stat, statm = self._stat(), read_statm(self._proc, self._pid)
        if stat is None or statm is None:
            return None
        return ProcessReading(
            pid=self._pid,
            resident_memory_bytes=statm.resident_memory_bytes,
            virtual_memory_bytes=statm.virtual_memory_bytes,
            memory_ratio=statm.resident_memory_bytes / machine_memory_bytes,
            memory_by_kind=memory_fields(f"{self._proc}/{self._pid}/status")[0],
            threads=stat.threads,
            open_fds=self._open_fds(),
            start_time_seconds=self._start_time_seconds,
            cpu_seconds=stat.cpu_ticks / ticks_a_second(),
        )

    def _stat(self) -> Stat | None:
        stat = read_stat(self._proc, self._pid)
        return stat if stat is not None and stat.is_alive and stat.started_ticks == self._started_ticks else None

    def _open_fds(self) -> int | None:
        folder = Path(self._proc, str(self._pid), "fd")
        try:
            # Linux from 6.2 on gives their number as the size: a bot with ten thousand need not have them listed.
            number = folder.stat().st_size
            # Of its own process it would list the descriptor that it lists them with.
            return number or len(list(folder.iterdir())) - (self._pid == os.getpid())
        except OSError:
            return None


class PsutilLook:
    """What psutil tells, on every system."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def is_running(self) -> bool:
        """Return whether it still runs: a zombie does not."""
        try:
            return self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def read(self, machine_memory_bytes: int) -> ProcessReading:
        """Return what it takes."""
        process = self._process
        with process.oneshot():
            memory = process.memory_info()
            cpu = process.cpu_times()
            return ProcessReading(
                pid=process.pid,
                resident_memory_bytes=memory.rss,
                virtual_memory_bytes=memory.vms,
                memory_ratio=memory.rss / machine_memory_bytes,
                memory_by_kind={},
                threads=_unless_denied(process.num_threads),
                open_fds=None if sys.platform == "win32" else _unless_denied(process.num_fds),
                start_time_seconds=process.create_time(),
                cpu_seconds=cpu.user + cpu.system,
            )


def _unless_denied(read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except psutil.AccessDenied:
        return None
