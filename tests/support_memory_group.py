"""A control group of its own for a program that a test starts, with a limit to its memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support_clones import wait_until


class NoGroupError(Exception):
    """No group can be made here; the message says why."""


@dataclass(frozen=True)
class MemoryGroup:
    """A group, and the files of it that hold its limit, its use, whether it swaps and what was killed in it."""

    folder: Path
    limit: str
    use: str
    swap: str
    events: str

    def kills(self) -> int:
        """Return how many processes the out-of-memory killer has ended in it."""
        told = dict(map(str.split, (self.folder / self.events).read_text().splitlines()))
        return int(told["oom_kill"])


_FILES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.swappiness", "memory.oom_control"),
    2: ("memory.max", "memory.current", "memory.swap.max", "memory.events"),
}


@contextmanager
def memory_group() -> Iterator[MemoryGroup]:
    """Make a group for as long as the block lasts. Raises NoGroupError."""
    parent, version = _memory_hierarchy()
    folder = parent / f"botvitals-test-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        raise NoGroupError(f"no control group can be made in {parent}: {error.strerror}") from error
    try:
        group = MemoryGroup(folder, *_FILES[version])
        if not (folder / group.limit).exists():
            raise NoGroupError(f"{parent} hands no limits of memory on to its groups")
        if (folder / group.swap).exists():
            (folder / group.swap).write_text("0")
        yield group
    finally:
        wait_until(lambda: _is_removed(folder), "an empty control group")


def _memory_hierarchy() -> tuple[Path, int]:
    mounts = Path("/proc/self/mountinfo")
    lines = mounts.read_text().splitlines() if mounts.exists() else []
    unified: Path | None = None
    for line in lines:
        about, _, kind = line.partition(" - ")
        where, (file_system, _source, options) = about.split()[4], kind.split()[:3]
        if file_system == "cgroup" and "memory" in options.split(","):
            return Path(where), 1
        if file_system == "cgroup2":
            unified = Path(where)
    if unified is None:
        raise NoGroupError("there are no control groups of memory here")
    return unified, 2


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # busy until the last of its processes is gone for good
        return False
    return True
