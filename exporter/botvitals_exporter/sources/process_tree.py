"""Which processes descend from the bot, and what each of them takes: from /proc where there is one, else from psutil.

Both trees leave out what does not live: zombies, processes on their way out, and what has died while it was read.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from botvitals_exporter.sources.kernel_files import list_folder, read_bytes
from botvitals_exporter.sources.proc_files import read_stat, read_statm

# Longer command lines are cut: it is the beginning that tells what a process does.
_COMMAND_LINE_BYTES = 16384


@dataclass(frozen=True, slots=True)
class Member:
    """One process of the tree; `pid` and `started` together name it, for pids come again.

    `name` may be cut at 15 characters, as the kernel keeps it.
    """

    pid: int
    parent_pid: int
    started: float
    name: str
    resident_memory_bytes: int
    virtual_memory_bytes: int


class ProcessTree(Protocol):
    """The descendants of one process."""

    def members(self) -> list[Member]:
        """Return the living descendants. Raises psutil.NoSuchProcess where the process itself has ended."""

    def command_line(self, pid: int) -> tuple[str, ...]:
        """Return the arguments of `pid`; none where they may not be read or the process has ended."""


def process_tree(pid: int, proc: Path) -> ProcessTree:
    """Return the tree below `pid`, by the quickest way that this system offers."""
    if (proc / str(pid) / "task" / str(pid) / "children").exists():
        return ProcTree(pid, proc)
    return PsutilTree(pid)


class ProcTree:
    """The tree by `/proc/PID/task/TID/children`, which needs no look at other processes of the machine.

    Reading that file may pass over a child while another one ends
    (https://man7.org/linux/man-pages/man5/proc_pid_task_tid_children.5.html), so those found before are looked at too.
    """

    def __init__(self, pid: int, proc: Path) -> None:
        self._pid = pid
        self._proc = str(proc)
        self._known: dict[int, int] = {}
        root = read_stat(self._proc, pid)
        if root is None:
            raise psutil.NoSuchProcess(pid)
        self._root_started = root.started_ticks

    def members(self) -> list[Member]:
        """Return the living descendants. Raises psutil.NoSuchProcess where the process itself has ended."""
        root = read_stat(self._proc, self._pid)
        if root is None or root.started_ticks != self._root_started:
            raise psutil.NoSuchProcess(self._pid)
        found = {member.pid: member for member in self._below()}
        for pid, started in self._known.items():
            if pid not in found:
                member = self._member(pid)
                if member and member.started == started and member.parent_pid in {self._pid, *found}:
                    found[pid] = member
        self._known = {pid: int(member.started) for pid, member in found.items()}
        return list(found.values())

    def command_line(self, pid: int) -> tuple[str, ...]:
        """Return the arguments of `pid`; none where they may not be read or the process has ended."""
        line = b""
        with suppress(OSError), Path(self._proc, str(pid), "cmdline").open("rb", buffering=0) as file:
            line = file.read(_COMMAND_LINE_BYTES) or b""
        return tuple(line.rstrip(b"\0").decode("utf-8", "replace").split("\0")) if line else ()

    def _below(self) -> Iterator[Member]:
        seen, waiting = {self._pid}, [self._pid]
        while waiting:
            for child in self._children(waiting.pop()):
                if child not in seen:
                    seen.add(child)
                    # A zombie of several threads has children still.
                    waiting.append(child)
                    if member := self._member(child):
                        yield member

    def _children(self, pid: int) -> list[int]:
        tasks = f"{self._proc}/{pid}/task"
        return [int(child) for task in list_folder(tasks) for child in read_bytes(f"{tasks}/{task}/children").split()]

    def _member(self, pid: int) -> Member | None:
        stat, statm = read_stat(self._proc, pid), read_statm(self._proc, pid)
        if stat is None or statm is None or not stat.is_alive or statm.virtual_memory_bytes == 0:
            return None
        return Member(
            pid,
            stat.parent_pid,
            stat.started_ticks,
            stat.name,
            resident_memory_bytes=statm.resident_memory_bytes,
            virtual_memory_bytes=statm.virtual_memory_bytes,
        )


class PsutilTree:
    """The tree as psutil finds it, on every system: it looks at all processes of the machine."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)

    def members(self) -> list[Member]:
        """Return the living descendants. Raises psutil.NoSuchProcess where the process itself has ended."""
        return [member for child in self._process.children(recursive=True) if (member := self._member(child))]

    def command_line(self, pid: int) -> tuple[str, ...]:
        """Return the arguments of `pid`; none where they may not be read or the process has ended."""
        with suppress(psutil.Error, OSError):
            return tuple(psutil.Process(pid).cmdline())
        return ()

    @staticmethod
    def _member(child: psutil.Process) -> Member | None:
        try:
            with child.oneshot():
                memory = child.memory_info()
                if child.status() == psutil.STATUS_ZOMBIE or memory.vms == 0:
                    return None
                return Member(child.pid, child.ppid(), child.create_time(), child.name(), memory.rss, memory.vms)
        except (psutil.Error, OSError):
            return None
