"""Memory control groups, of version 1 and 2, from the bot's own up to the outermost that can be seen.

https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from botvitals_exporter.sources.kernel_files import read_text

_OCTAL = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class MemoryGroup:
    """One memory control group; what it does not tell is None.

    `is_root` tells whether it is the group of the whole machine, and not just a container's outermost one.
    """

    path: Path
    version: int
    is_root: bool

    def limit_bytes(self) -> int | None:
        """Return the most that the group may take; with version 1 that of all groups around it too, seen or not."""
        if self.version == 2:
            return self._number("memory.max")
        return smallest(
            self._number("memory.limit_in_bytes"), self._fields("memory.stat").get("hierarchical_memory_limit")
        )

    def use_bytes(self) -> int | None:
        """Return what the group takes, page cache counted."""
        return self._number("memory.current" if self.version == 2 else "memory.usage_in_bytes")

    def reclaimable_bytes(self) -> int:
        """Return how much of its use the kernel takes back first: file pages that nobody has used lately."""
        return self._fields("memory.stat").get("inactive_file" if self.version == 2 else "total_inactive_file", 0)

    def oom_kills(self) -> int | None:
        """Return how many of its processes the kernel has killed for want of memory."""
        return self._fields("memory.events" if self.version == 2 else "memory.oom_control").get("oom_kill")

    def _number(self, name: str) -> int | None:
        text = read_text(self.path / name).strip()
        return int(text) if text.isdecimal() else None

    def _fields(self, name: str) -> dict[str, int]:
        pairs = (line.split() for line in read_text(self.path / name).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


class MemoryGroups:
    """Finds the memory control groups of the process `pid` (an id, or `self`)."""

    def __init__(self, pid: int | str, proc: Path) -> None:
        self._cgroup = proc / str(pid) / "cgroup"
        # Paths are opened, and shown, as the reader sees them: the process may live in a container of its own.
        self._mountinfo = proc / "self" / "mountinfo"
        self._found_for = ""
        self._found: tuple[MemoryGroup, ...] = ()

    def find(self) -> tuple[MemoryGroup, ...]:
        """Return them, the process's own first; none where there are none, the system has none, or it has ended."""
        membership = read_text(self._cgroup)
        if membership != self._found_for:
            self._found = tuple(_groups(membership, read_text(self._mountinfo)))
            self._found_for = membership
        return self._found


def smallest(*numbers: int | None) -> int | None:
    """Return the smallest of the numbers that are known."""
    return min((number for number in numbers if number is not None), default=None)


def _groups(membership: str, mountinfo: str) -> Iterator[MemoryGroup]:
    version, own = _own_path(membership)
    for root, mount_point in _mounts(version, mountinfo):
        if own.is_relative_to(root) and ".." not in own.relative_to(root).parts:
            group = mount_point / own.relative_to(root)
            for path in (group, *group.parents):
                if path.is_dir():
                    yield MemoryGroup(path, version, _is_root(path, version))
                if path == mount_point:
                    return


def _is_root(path: Path, version: int) -> bool:
    if version == 2:
        return not (path / "cgroup.type").exists()
    return (path / "cgroup.sane_behavior").exists()


def _own_path(membership: str) -> tuple[int, PurePosixPath]:
    """The version that accounts for memory, and the group's path: version 1 where its memory controller is mounted."""
    version, own = 2, "/"
    for line in membership.splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if "memory" in controllers.split(","):
            return 1, PurePosixPath(path)
        if controllers == "":
            own = path
    return version, PurePosixPath(own)


def _mounts(version: int, mountinfo: str) -> Iterator[tuple[PurePosixPath, Path]]:
    """Where the hierarchy is mounted: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html."""
    for line in mountinfo.splitlines():
        fields = line.split()
        if "-" not in fields[6:]:
            continue
        kind, _, options = (*fields[fields.index("-", 6) + 1 :], "", "", "")[:3]
        if kind == "cgroup2" if version == 2 else kind == "cgroup" and "memory" in options.split(","):
            yield PurePosixPath(_unescaped(fields[3])), Path(_unescaped(fields[4]))


def _unescaped(path: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), path)
