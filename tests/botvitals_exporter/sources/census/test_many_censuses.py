import sys
from pathlib import Path

import pytest

import support_census
import support_clones
from botvitals_exporter.sources.census.native import CLONES_HERE

HERE = Path(__file__).parent
CENSUSES = 500 if support_clones.is_sanitized() else 10_000
MEGABYTE = 1 << 20


@pytest.mark.skipif(not CLONES_HERE, reason="what a process holds is read from Linux's /proc")
@pytest.mark.parametrize("name", ["snapshot", "inline"])
def test_ten_thousand_censuses_in_a_row_leave_nothing_behind(name: str) -> None:
    done = support_census.run_script(
        sys.executable,
        HERE / "count_ten_thousand_times.py",
        "-I",
        "-S",
        arguments=[str(support_census.CORE.parent), name, str(CENSUSES)],
    )
    assert done.stderr == ""
    grown = {what: int(by) for what, by in map(str.split, done.stdout.splitlines())}
    resident_bytes = grown.pop("resident_bytes")
    assert grown == {"descriptors": 0, "mappings": 0, "children": 0, "threads": 0}
    if not support_clones.is_sanitized():  # which keeps for a while what is freed
        assert resident_bytes < 3 * MEGABYTE
