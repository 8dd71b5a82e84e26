"""What this process takes of memory, for the census: a look that costs the bot one small file."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from botvitals_exporter.readings import MemoryKind
from botvitals_exporter.sources.proc_files import memory_fields
from botvitals_exporter.sources.process import ProcessSource


class Memory(Protocol):
    """RSS, and what it consists of where the platform tells."""

    @property
    def resident_memory_bytes(self) -> int:
        """RSS."""

    @property
    def memory_by_kind(self) -> Mapping[MemoryKind, int]:
        """Empty where the platform does not tell."""


@dataclass(frozen=True, slots=True)
class OwnMemory:
    """RSS and what it consists of, as /proc/self/status tells."""

    resident_memory_bytes: int
    memory_by_kind: Mapping[MemoryKind, int]


def own_memory_source(status: Path = Path("/proc/self/status")) -> Callable[[], Memory]:
    """Return what reads this process's memory; without such a file, psutil does."""
    if not status.exists():
        return ProcessSource(os.getpid()).read

    def read() -> OwnMemory:
        kinds, resident_bytes = memory_fields(status)
        return OwnMemory(resident_bytes, kinds)

    return read
