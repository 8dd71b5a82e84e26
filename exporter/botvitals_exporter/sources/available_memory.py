"""How much memory is left for the taking."""

from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from botvitals_exporter.sources.cgroup import MemoryGroups, smallest
from botvitals_exporter.sources.kernel_files import read_text


def available_memory_bytes(proc: Path = Path("/proc"), pid: int | str = "self") -> int | None:
    """Return how much more memory the process may take without swapping or being killed; None where nobody tells.

    It is the smallest of what the machine has left (`MemAvailable`) and, for each control group around the process, its
    limit less its use and what the kernel can take back from its page cache.
    """
    groups = _groups_of(pid, proc).find()
    left: list[int | None] = [_machine_available_bytes(proc)]
    for group in groups:
        limit, use = group.limit_bytes(), group.use_bytes()
        if limit is not None and use is not None:
            left.append(max(0, limit - use + group.reclaimable_bytes()))
    return smallest(*left)


@cache
def _groups_of(pid: int | str, proc: Path) -> MemoryGroups:
    """Kept, since to find them takes many looks; they know when the process has moved."""
    return MemoryGroups(pid, proc)


def _machine_available_bytes(proc: Path) -> int | None:
    for line in read_text(proc / "meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    with suppress(psutil.Error, OSError):
        return psutil.virtual_memory().available
    return None
