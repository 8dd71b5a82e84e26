"""How long `plot` takes for a large recording and how much memory, beside plain `json.loads` of the same lines.

Usage: python benchmarks/plot.py [MEGABYTES]   (default 350)
"""

import json
import random
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from subprocess import run

TYPES = 200
BUDGET_SECONDS, BUDGET_MB = 6.0, 300.0

# Each runs in a process of its own, which tells its seconds and the most memory that it had.
MEASURE = """
import resource, sys, time
from pathlib import Path
recording, picture = map(Path, sys.argv[1:])
began = time.perf_counter()
{work}
print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
PLOT = """
from botvitals_exporter.plot import plot_recordings
plot_recordings([recording], output=picture, by={by!r}, report=print)
"""
JSON_LOADS = """
import json
for line in recording.open("rb"):
    json.loads(line)
"""


def write_recording(path: Path, size_bytes: int) -> int:
    """Write records of 200 types and 200 modules, as `objects --output` does, and return how many."""
    chance = random.Random(1)
    names = [f"package_{n % 40}.module_{n % 90}.ClassNumber{n}" for n in range(TYPES)]
    sizes = [int(4e7 / (n + 1)) + 2_000 for n in range(TYPES)]
    start, records = datetime(2026, 11, 1), 0
    with path.open("w") as file:
        while file.tell() < size_bytes:
            now = [int(size * chance.uniform(0.95, 1.05) * (1 + records / 20_000)) for size in sizes]
            rows = zip(names, now, strict=True)
            record = {
                "schema": 1,
                "timestamp": f"{start + timedelta(seconds=10 * records):%Y-%m-%d %H:%M:%S}",
                "iteration": records + 1,
                "total_objects": sum(now) // 80,
                "threads": [{"name": f"worker-{n}", "daemon": True, "alive": True} for n in range(8)],
                "gc_stats": {"collections": [records * 9, records, records // 9], "garbage": 0, "tracked": 456_789},
                "summary": [{"type": f"<class '{name}'>", "count": size // 80, "size": size} for name, size in rows],
                "module_stats": {
                    "top_modules": [[f"package_{n}", size // 80, size] for n, size in enumerate(now)],
                    "total_modules": TYPES,
                },
            }
            file.write(json.dumps(record) + "\n")
            records += 1
    return records


def measure(work: str, recording: Path) -> tuple[float, float, float]:
    """Return seconds of the work, seconds of the whole process, and its most memory in MB."""
    began = time.perf_counter()
    command = [sys.executable, "-c", MEASURE.format(work=work), str(recording), str(recording.with_suffix(".png"))]
    answer = run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(answer[0]), time.perf_counter() - began, float(answer[1])


def main() -> None:
    """Print the table."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 350
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "objects.txt.jsonl"
        records = write_recording(recording, megabytes * 1024**2)
        print(f"{recording.stat().st_size / 1024**2:,.0f} MB, {records:,} records of {TYPES} types")
        print(f"{'':24}{'work':>10}{'process':>10}{'memory':>12}")
        plain = measure(JSON_LOADS, recording)
        rows = {"json.loads, no picture": plain}
        rows |= {f"plot --by {by}": measure(PLOT.format(by=by), recording) for by in ("type", "module")}
        for name, (seconds, process_seconds, memory_mb) in rows.items():
            print(f"{name:24}{seconds:>8.2f} s{process_seconds:>8.2f} s{memory_mb:>9.0f} MB")
        ours = rows["plot --by type"]
        print(f"plot takes {ours[0] / plain[0]:.2f} times as long as json.loads alone")
        print(f"budget: {BUDGET_SECONDS:.0f} s, {BUDGET_MB:.0f} MB")


if __name__ == "__main__":
    main()
