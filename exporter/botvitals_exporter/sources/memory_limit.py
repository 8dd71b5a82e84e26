"""How much memory the bot may have at most, and how often the kernel has killed for it."""

from pathlib import Path

import psutil

from botvitals_exporter.readings import MemoryLimitReading
from botvitals_exporter.sources.cgroup import MemoryGroups, smallest


class MemoryLimitSource:
    """Reads the limit of the process `pid`: the smallest of its control groups' and the machine's physical memory.

    `machine_memory_bytes` is that of this machine where it is not given.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc"), machine_memory_bytes: int | None = None) -> None:
        self._groups = MemoryGroups(pid, proc)
        self._machine_memory_bytes = machine_memory_bytes or psutil.virtual_memory().total

    def read(self) -> MemoryLimitReading:
        """Return the limit, and use and OOM kills of the bot's own group, None where it has none of its own."""
        groups = self._groups.find()
        limit = smallest(self._machine_memory_bytes, *(group.limit_bytes() for group in groups))
        # A group without the memory controller is accounted for in the one around it.
        own = next((group for group in groups if group.use_bytes() is not None), None)
        if own is None or own.is_root:
            return MemoryLimitReading(limit or self._machine_memory_bytes, None, None)
        return MemoryLimitReading(limit or self._machine_memory_bytes, own.use_bytes(), own.oom_kills())
