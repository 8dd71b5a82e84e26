"""Which processes descend from the bot, and what each of them takes: from /proc where there is one, else from psutil.

Both trees leave out what does not live: zombies, processes on their way out, and what has died while it was read.
"""

import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

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


@dataclass(frozen=True, slots=True)
class _Stat:
    """The fields of /proc/PID/stat: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""

    name: str
    is_alive: bool
    parent_pid: int
    started_ticks: int


class ProcTree:
    """The tree by `/proc/PID/task/TID/children`, which needs no look at other processes of the machine.

    Reading that file may pass over a child while another one ends
    (https://man7.org/linux/man-pages/man5/proc_pid_task_tid_children.5.html), so those found before are looked at too.
    """

    def __init__(self, pid: int, proc: Path) -> None:
        self._pid = pid
        self._proc = str(proc)
        self._page_bytes = mmap.PAGESIZE
        self._known: dict[int, int] = {}
        root = self._stat(pid)
        if root is None:
            raise psutil.NoSuchProcess(pid)
        self._root_started = root.started_ticks

    def members(self) -> list[Member]:
        """Return the living descendants. Raises psutil.NoSuchProcess where the process itself has ended."""
        root = self._stat(self._pid)
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
        line = self._read(f"{pid}/cmdline", _COMMAND_LINE_BYTES)
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
        with suppress(OSError):
            return [
                int(child)
                for task in os.listdir(f"{self._proc}/{pid}/task")  # noqa: PTH208 - a Path each costs twice the reading
                for child in self._read(f"{pid}/task/{task}/children", to_end=True).split()
            ]
        return []

    def _member(self, pid: int) -> Member | None:
        stat = self._stat(pid)
        statm = self._read(f"{pid}/statm").split()
        if stat is None or not stat.is_alive or len(statm) < 2 or statm[0] == b"0":
            return None
        return Member(
            pid,
            stat.parent_pid,
            stat.started_ticks,
            stat.name,
            resident_memory_bytes=int(statm[1]) * self._page_bytes,
            virtual_memory_bytes=int(statm[0]) * self._page_bytes,
        )

    def _stat(self, pid: int) -> _Stat | None:
        line = self._read(f"{pid}/stat")
        # The name stands in parentheses and may hold blanks and parentheses itself.
        end = line.rfind(b")")
        fields = line[end + 2 :].split(None, 20)
        if end < 0 or len(fields) < 20:
            return None
        name = line[line.find(b"(") + 1 : end].decode("utf-8", "replace")
        return _Stat(name, fields[0] not in {b"Z", b"X", b"x"}, int(fields[1]), int(fields[19]))

    def _read(self, path: str, size: int = 65536, *, to_end: bool = False) -> bytes:
        """Return what one read brings, or all: a list longer than a page comes a page at a time, whatever the size."""
        try:
            descriptor = os.open(f"{self._proc}/{path}", os.O_RDONLY)
        except OSError:
            return b""
        try:
            text = piece = os.read(descriptor, size)
            while to_end and piece:
                piece = os.read(descriptor, size)
                text += piece
            return text
        except OSError:  # it has ended since
            return b""
        finally:
            os.close(descriptor)


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
