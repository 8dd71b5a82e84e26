"""Where a clone cannot be had: what is counted all the same, and what is said."""

import re

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_clones import is_sanitized, run_bot

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")
# Every clone from here on fails with the errno named first; threads, which are clones too, must have been started.
NO_MORE_CLONES = """
import ctypes, errno, platform, struct, sys
number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
program = b"".join(struct.pack("HBBI", *instruction) for instruction in [
    (0x20, 0, 0, 0),                                    # load the system call's number
    (0x15, 0, 1, number),                               # clone?
    (0x06, 0, 0, 0x00050000 | getattr(errno, sys.argv[1])),
    (0x06, 0, 0, 0x7FFF0000),
])
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]
filter = Filter(len(program) // 8, program)
prctl = ctypes.CDLL(None, use_errno=True).prctl
def no_more_clones():
    assert prctl(38, 1, 0, 0, 0) == 0                   # PR_SET_NO_NEW_PRIVS
    assert prctl(22, 2, ctypes.byref(filter), 0, 0) == 0  # PR_SET_SECCOMP, for the calling thread
"""

TAKER = """
from botvitals_exporter.failures import Failures
from botvitals_exporter.readings import ProcessReading
from botvitals_exporter.sources.census.census import CensusTaker
from botvitals_exporter.sources.census.engines import engine_named
class Own:
    pass
heap = [Own() for _ in range(5000)]
def taker_of(name, rss=1 << 40, available=lambda: None):
    return CensusTaker(
        engine_named(name), interval_seconds=10, process=lambda: ProcessReading(1, rss, 1, 0.1, {}, 1, 1, 0.0, 0.0),
        available_memory=available, failures=Failures(print),
    )
def show(taker, times):
    for _ in range(times):
        reading = taker.take()
        print(reading and next((row.objects for row in reading.types if row.name == "__main__.Own"), 0))
    print({" ".join(key): number for key, number in taker.status().outcomes.items() if number})
"""


@pytest.mark.parametrize(
    ("error", "reason"), [("EAGAIN", "Resource temporarily unavailable"), ("ENOMEM", "Cannot allocate memory")]
)
def test_a_clone_that_fails_is_a_census_skipped_with_the_reason_said_once(error: str, reason: str) -> None:
    said = run_bot(NO_MORE_CLONES + TAKER + "no_more_clones()\nshow(taker_of('snapshot'), 3)", error)
    assert said.splitlines() == [
        f"no census by snapshot this time: the copy that counts failed: {reason}",
        "None",
        "None",
        "None",
        "{'snapshot clone_failed': 3}",
    ]


def test_automatic_counts_inline_where_no_clone_is_to_be_had() -> None:
    said = run_bot(NO_MORE_CLONES + TAKER + "no_more_clones()\nshow(taker_of('auto', 1 << 20), 2)", "EAGAIN")
    _reason, *counts, outcomes = said.splitlines()
    assert counts == ["5000", "5000"]
    assert outcomes == "{'snapshot clone_failed': 2, 'inline ok': 2}"


def test_a_clone_that_fails_leaves_the_thread_its_name_and_signals() -> None:
    code = """
import signal
from pathlib import Path
no_more_clones()
def this_thread():
    return Path("/proc/thread-self/comm").read_text(), signal.pthread_sigmask(signal.SIG_BLOCK, [])
before = this_thread()
outcome, *_rest = core.count_in_clone(1.0, owners=False)
print(outcome, this_thread() == before)
"""
    assert run_bot(NO_MORE_CLONES + code, "EAGAIN") == "clone_failed True\n"


# Little room is left for mappings: the address space ends at what is used now and a few megabytes more.
LITTLE_ROOM = """
import gc, resource
from pathlib import Path
def little_room(megabytes):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (megabytes << 20),) * 2)
"""


@pytest.mark.skipif(is_sanitized(), reason="the address sanitizer needs terabytes of addresses")
@pytest.mark.parametrize("name", ["snapshot", "inline"])
@pytest.mark.parametrize("megabytes", [0, 1, 16, 17, 18])
def test_a_census_without_room_to_count_in_is_skipped(name: str, megabytes: int) -> None:
    code = f"more = [object()] * 3000000\ntaker = taker_of({name!r})\nlittle_room({megabytes})\nshow(taker, 2)\n"
    said = run_bot(LITTLE_ROOM + TAKER + code).splitlines()
    if megabytes >= 17:  # enough for the answer: whether it is for the marks as well depends on what Python has mapped
        assert set(re.findall(r"(\w+)': \d", said[-1])) <= {"ok", "no_memory"}
        return
    assert said[-1] == f"{{'{name} no_memory': 2}}", said
    assert said[1:-1] == ["None", "None"]
    assert said[0].startswith(f"no census by {name} this time: ")


ENGINE_RATIOS = [("snapshot", 0.25), ("inline", 0.15)]


@pytest.mark.parametrize(("name", "ratio"), ENGINE_RATIOS)
def test_less_free_memory_than_a_census_may_need_skips_it_before_anything_is_mapped(name: str, ratio: float) -> None:
    code = f"show(taker_of({name!r}, 100 << 20, lambda: int({ratio} * (100 << 20)) - 1), 2)"
    said = run_bot(TAKER + code).splitlines()
    needed = 100 * ratio
    assert said[0] == (
        f"no census by {name} this time: it needs {needed:.0f} MB of free memory, {needed:.0f} MB are free"
    )
    assert said[1:] == ["None", "None", f"{{'{name} no_memory': 2}}"]
