"""How much memory a piece of work takes on top, copies of the process included."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path(__file__).parents[1]
_STATUS = Path("/proc/self/status")


class ExtraMemory:
    """What the work took at its peak: `size_bytes`, None where this system does not tell."""

    size_bytes: int | None = None


@contextlib.contextmanager
def watch_memory() -> Iterator[ExtraMemory]:
    """Tell how much more memory is held at the peak of the block, by this process and its copies, than just before it.

    Two looks at it, of which the larger counts. A process beside this one reads every millisecond how many pages the
    machine holds (`/proc/vmstat`: anonymous, shared and page tables), so that pages which a copy shares with its
    original count once, and what either of them has written to since counts twice; other programs count, too, and the
    kernel is some 0.15 MB a processor behind. To read each process's share instead (`smaps_rollup`) keeps a whole
    processor busy, which the copy is then without. And the kernel keeps this process's highest RSS, which no look from
    outside misses.
    """
    extra = ExtraMemory()
    if not Path("/proc/vmstat").exists():
        yield extra
        return
    command = [sys.executable, "-m", "support.memory_sampler"]
    with subprocess.Popen(command, cwd=_FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sampler:
        assert sampler.stdout is not None
        sampler.stdout.readline()  # it has taken its first sample
        before_bytes = _begin_high_water()
        yield extra
        high_water_bytes = max(0, _status_bytes("VmHWM") - before_bytes) if before_bytes is not None else 0
        answer, _nothing = sampler.communicate("")
    extra.size_bytes = max(high_water_bytes, json.loads(answer)["extra_bytes"])


def resident_bytes() -> int:
    """Return this process's RSS."""
    import psutil

    return psutil.Process().memory_info().rss


def _begin_high_water() -> int | None:
    """Have the kernel forget the highest RSS so far, and return the present one; None where that is not allowed."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _status_bytes("VmRSS")


def _status_bytes(key: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{key}:"))
    return int(line.split()[1]) * 1024
