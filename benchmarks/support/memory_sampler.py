"""A program that samples how much memory the machine holds until its stdin is closed.

Usage: python -m support.memory_sampler
"""

import json
import mmap
import select
import sys
from pathlib import Path

_PAUSE_SECONDS = 0.001
_KINDS = {"nr_anon_pages", "nr_shmem", "nr_page_table_pages"}


def _held_bytes() -> int:
    """Return what memory no file backs, and the tables that lead to it. A page that a copy shares counts once."""
    counters = (line.split() for line in Path("/proc/vmstat").read_text().splitlines())
    return mmap.PAGESIZE * sum(int(pages) for name, pages in counters if name in _KINDS)


def main() -> None:
    """Print a line once sampling has begun, and what was found at the end."""
    before = peak = _held_bytes()
    print("sampling", flush=True)
    while not select.select([sys.stdin], [], [], _PAUSE_SECONDS)[0]:
        peak = max(peak, _held_bytes())
    print(json.dumps({"extra_bytes": peak - before}))


if __name__ == "__main__":
    main()
