"""What /proc tells of one process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html and its neighbours."""

import mmap
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from botvitals_exporter.readings import MemoryKind
from botvitals_exporter.sources.kernel_files import read_bytes

# What the kernel calls them in /proc/PID/status: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
_STATUS_FIELDS: dict[bytes, MemoryKind] = {
    b"RssAnon": "anonymous",
    b"RssFile": "file",
    b"RssShmem": "shared",
    b"VmSwap": "swap",
}


@dataclass(frozen=True, slots=True)
class Stat:
    """The fields of /proc/PID/stat that somebody asks for. `pid` and `started_ticks` together name a process."""

    name: str
    is_alive: bool
    parent_pid: int
    cpu_ticks: int
    threads: int
    started_ticks: int


@dataclass(frozen=True, slots=True)
class Statm:
    """The fields of /proc/PID/statm that somebody asks for; both are 0 in a process on its way out."""

    virtual_memory_bytes: int
    resident_memory_bytes: int


def ticks_a_second() -> int:
    """Return the unit of the times in `Stat`."""
    return os.sysconf("SC_CLK_TCK")


def read_stat(proc: str, pid: int) -> Stat | None:
    """Return the fields, None where there is no such process. Raises OSError where it is there but cannot be read."""
    path = f"{proc}/{pid}/stat"
    line = read_bytes(path)
    # The name stands in parentheses and may hold blanks and parentheses itself.
    end = line.rfind(b")")
    fields = line[end + 2 :].split(None, 20)
    if end < 0 or len(fields) < 20:
        # A bot that has no descriptor left is not one that has ended.
        if Path(path).exists():
            raise OSError(f"{path} cannot be read")
        return None
    return Stat(
        name=line[line.find(b"(") + 1 : end].decode("utf-8", "replace"),
        is_alive=fields[0] not in {b"Z", b"X", b"x"},
        parent_pid=int(fields[1]),
        cpu_ticks=int(fields[11]) + int(fields[12]),
        threads=int(fields[17]),
        started_ticks=int(fields[19]),
    )


def read_statm(proc: str, pid: int) -> Statm | None:
    """Return the fields, None where there is no such process."""
    fields = read_bytes(f"{proc}/{pid}/statm").split(None, 2)
    if len(fields) < 2:
        return None
    return Statm(int(fields[0]) * mmap.PAGESIZE, int(fields[1]) * mmap.PAGESIZE)


def memory_fields(status: Path | str) -> tuple[dict[MemoryKind, int], int]:
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
