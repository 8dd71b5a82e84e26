"""Counts in a clone of a process with threads, warnings being errors; prints its own objects, counted and in truth."""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bare_packages import use_packages_in

use_packages_in(Path(sys.argv[1]))
from botvitals_exporter.sources.census.snapshot import SnapshotEngine  # noqa: E402 - from the packages that the line above finds


class Own:
    __slots__ = ()


done = threading.Event()
threads = [threading.Thread(target=done.wait) for _ in range(3)]
for thread in threads:
    thread.start()
heap = [(Own(),) for _ in range(1000)]
tally = SnapshotEngine().count()
counted = [count.objects for count in tally.types if count.name == "__main__.Own"]
sys.stdout.write(f"{counted[0]} {len(heap)}\n")
done.set()
for thread in threads:
    thread.join()
