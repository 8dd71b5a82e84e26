"""Takes censuses one after the other in a small process; prints how much it had grown by the end."""

import resource
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from bare_packages import use_packages_in

use_packages_in(Path(sys.argv[1]), Path(sys.argv[2]))
from botvitals_exporter.sources.census import _native  # noqa: E402 - from the packages that the line above finds

SNAPSHOT, CENSUSES, WARM_UP = sys.argv[3] == "snapshot", int(sys.argv[4]), 300


def take() -> None:
    if SNAPSHOT:
        outcome, *_rest = _native.count_in_clone(b"", False, None, 60.0)
        assert outcome == "ok", outcome
    else:
        _native.count(b"", False, None)


def held() -> dict[str, int]:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    children = "".join((task / "children").read_text() for task in Path("/proc/self/task").iterdir())
    return {
        "resident_bytes": pages * resource.getpagesize(),
        "descriptors": len([*Path("/proc/self/fd").iterdir()]),
        "mappings": Path("/proc/self/maps").read_text().count("\n"),
        "children": len(children.split()),
        "threads": threading.active_count(),
    }


for _ in range(WARM_UP):
    take()
before = held()
for _ in range(CENSUSES):
    take()
after = held()
for name, amount in after.items():
    sys.stdout.write(f"{name} {amount - before[name]}\n")
