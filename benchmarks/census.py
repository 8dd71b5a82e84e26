"""The census engines beside their peers on one heap: how long a count takes, and how long it stops another thread.

Run as `python benchmarks/census.py [OBJECTS…]`; without numbers 100,000 and 900,000 objects. Each way of counting runs
in a process of its own on the same heap. A peer that is not installed is left out.
"""

import gc
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable


class Message:
    """What a chat bot keeps most of."""

    def __init__(self, number: int) -> None:
        self.text = f"message {number}"
        self.sender = {"id": number + 10_000, "tags": [f"tag {number}"]}


OBJECTS_EACH = 6  # a message, its text, the dict, the id in it, the list of tags, the tag


def engine(name: str) -> Callable[[], object]:
    """Return what counts once with one of ours."""
    from botvitals_exporter.sources.census.engines import engine_named

    return engine_named(name).count


def guppy() -> Callable[[], object]:
    """Return what counts once with guppy3."""
    from guppy import hpy

    return hpy().heap


def old_script() -> Callable[[], object]:
    """Return what the old script did: muppy, then pympler's own summary."""
    from pympler import muppy, summary

    return lambda: summary.summarize(muppy.get_objects())


def tracked_only() -> Callable[[], object]:
    """Return what objgraph does: a Counter over what the collector tracks, sizes added."""

    def count() -> None:
        objects = gc.get_objects()
        Counter(map(type, objects))
        sum(map(sys.getsizeof, objects))

    return count


WAYS: dict[str, Callable[[], Callable[[], object]]] = {
    "inline": lambda: engine("inline"),
    "snapshot": lambda: engine("snapshot"),
    "pympler engine": lambda: engine("pympler"),
    "pympler summarize": old_script,
    "guppy3 heap": guppy,
    "Counter, tracked only": tracked_only,
}


def measure(way: str, objects: int) -> tuple[float, float]:
    """Return the seconds of one count and the longest time that another thread got nothing done meanwhile."""
    count = WAYS[way]()
    heap = [Message(number) for number in range(objects // OBJECTS_EACH)]
    gc.collect()
    longest_seconds = 0.0
    is_counting = True

    def tick() -> None:
        nonlocal longest_seconds
        before = time.perf_counter()
        while is_counting:
            time.sleep(0.0005)
            now = time.perf_counter()
            longest_seconds = max(longest_seconds, now - before)
            before = now

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.perf_counter()
    count()
    wall_seconds = time.perf_counter() - began
    is_counting = False
    thread.join()
    del heap
    return wall_seconds, longest_seconds


def main() -> None:
    """Print a table for each size of heap."""
    for objects in [int(text) for text in sys.argv[1:]] or [100_000, 900_000]:
        print(f"\n{objects:,} objects {'wall':>18} {'x inline':>9} {'longest stall':>14}")
        inline_seconds = 0.0
        for way in WAYS:
            run = subprocess.run(
                [sys.executable, __file__, "--measure", way, str(objects)],
                check=False,
                capture_output=True,
                text=True,
            )
            if run.returncode:
                print(f"{way:22} {run.stderr.splitlines()[-1]}")
                continue
            wall_seconds, stall_seconds = json.loads(run.stdout)
            inline_seconds = inline_seconds or wall_seconds
            ratio = wall_seconds / inline_seconds
            print(f"{way:22} {wall_seconds * 1000:9,.0f} ms {ratio:9.2f} {stall_seconds * 1000:11,.1f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2], int(sys.argv[3]))))
    else:
        main()
