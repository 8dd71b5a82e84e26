"""What it costs to read a bot from outside (a tree of 50 children), from inside, and to clean a log line.

Every number is processor time of the reading process; the ratio is against psutil doing the same in the same run.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psutil

from botvitals.redaction import redact
from botvitals_exporter.sources.allocator import AllocatorSource
from botvitals_exporter.sources.available_memory import available_memory_bytes
from botvitals_exporter.sources.children import ChildrenSource
from botvitals_exporter.sources.garbage_collector import GarbageCollectorSource
from botvitals_exporter.sources.memory_limit import MemoryLimitSource
from botvitals_exporter.sources.process import ProcessSource
from botvitals_exporter.sources.threads import ThreadsSource

CHILDREN = 50
LOG_LINE = "2026-03-01 14:23:15 INFO bot handled /start for chat in 0.213s"
SECRET_LINE = "GET https://api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/getMe"


def microseconds(work: Callable[[], object], repeats: int) -> float:
    """The best of five rounds: whatever else the machine does only adds."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - began) / repeats)
    return best * 1e6


def row(what: str, cost: float, note: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:<44} {cost:>12,.2f} µs  {note}")


def main() -> None:
    """Measure and print."""
    pid = os.getpid()
    with ExitStack() as stack:
        for _ in range(CHILDREN):
            child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
            stack.enter_context(child)
            stack.callback(child.kill)
        time.sleep(3)  # until all of them wait for input
        machine = f"{len(psutil.pids())} processes on the machine"
        process, children, limit = ProcessSource(pid), ChildrenSource(pid), MemoryLimitSource(pid)
        by_psutil = ChildrenSource(pid, proc=Path("/nowhere"))
        assert len(children.read().children) == len(by_psutil.read().children) == CHILDREN

        ours = microseconds(children.read, 20)
        theirs = microseconds(by_psutil.read, 5)
        monitor = microseconds(lambda: (process.read(), children.read(), limit.read()), 20)
        row(f"children, {CHILDREN} of them", ours, f"psutil {theirs:,.0f} µs, {ours / theirs:.2f} of it, {machine}")
        row("process", microseconds(process.read, 50))
        row("memory limit", microseconds(limit.read, 50))
        row("monitor: all three", monitor, f"{monitor / 1e4:.2f} % of a core at 1 s (budget 1 %)")
    row("available memory", microseconds(available_memory_bytes, 50))
    row("threads", microseconds(ThreadsSource().read, 500))
    if allocator := AllocatorSource.find():
        row("allocator", microseconds(allocator.read, 500))
        blocks = [bytearray(600) for _ in range(1_000_000)]
        del blocks[::2]
        row("allocator, 500,000 free blocks", microseconds(allocator.read, 3), "malloc waits meanwhile")
        del blocks
    collector = GarbageCollectorSource()
    collector.read()
    row("garbage collector", microseconds(collector.read, 500))
    unwatched = microseconds(lambda: gc.collect(0), 5000)
    collector.watch_pauses()
    watched = microseconds(lambda: gc.collect(0), 5000)
    collector.stop()
    row("pauses watched, added to a collection", watched - unwatched)
    heap: list[list[int]] = [[] for _ in range(2_500_000)]
    row(
        f"counting {len(heap):,} tracked objects",
        microseconds(lambda: len(gc.get_objects()), 1),
        "one in 2,000 of the time",
    )
    del heap
    row(f"redact, {len(LOG_LINE)} characters, no secret", microseconds(lambda: redact(LOG_LINE), 20_000))
    row("redact, 12 characters, no secret", microseconds(lambda: redact("image loaded"), 20_000))
    row("redact, a Telegram URL", microseconds(lambda: redact(SECRET_LINE), 5_000))
    row("redact, 1 MB without a secret", microseconds(lambda: redact("lorem ipsum " * 87_000), 1))


if __name__ == "__main__":
    main()
