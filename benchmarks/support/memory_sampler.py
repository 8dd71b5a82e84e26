"""A program that samples the memory of its parent and the parent's other children until its stdin is closed.

Usage: python -m support.memory_sampler
"""

import json
import os
import select
import sys
from pathlib import Path

_PAUSE_SECONDS = 0.001
_KINDS = ("Pss_Anon:", "Pss_Shmem:")


def _share_bytes(pid: int) -> int:
    """Return the process's share of memory that no file backs; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(_KINDS))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # the thread has ended
    return [child for child in found if child != os.getpid()]


def _family_bytes(pid: int) -> int:
    # Who is there first, then the parent, then the others. The other way round, a copy made in between would find the
    # parent's pages counted in full and add its half of them.
    children = _children(pid)
    return _share_bytes(pid) + sum(map(_share_bytes, children))


def main() -> None:
    """Print a line once sampling has begun, and what was found at the end."""
    parent = os.getppid()
    before = peak = _family_bytes(parent)
    samples = 1
    print("sampling", flush=True)
    while not select.select([sys.stdin], [], [], _PAUSE_SECONDS)[0]:
        peak = max(peak, _family_bytes(parent))
        samples += 1
    print(json.dumps({"extra_bytes": peak - before, "samples": samples}))


if __name__ == "__main__":
    main()
