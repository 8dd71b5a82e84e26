"""The native core wherever it is called from, and however Python was started."""

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_clones import run_bot

COUNTING = """
import signal, sys, threading
from concurrent.futures import ThreadPoolExecutor
class Own:
    pass
heap = [Own() for _ in range(10_000)]
engines = [inline, InlineEngine(core, owners=True)]
if sys.platform == "linux":
    engines += [snapshot, SnapshotEngine(core, owners=True)]
def count(engine):
    tally = engine.count()
    return next(row.objects for row in tally.types if row.name == "__main__.Own")
"""

STARTS = {
    "as usual": ((), {}),
    "in development mode": (("-X", "dev"), {}),
    "with a fault handler": (("-X", "faulthandler"), {}),
    "tracing memory": (("-X", "tracemalloc"), {}),
    "with malloc": ((), {"PYTHONMALLOC": "malloc"}),
    "with malloc, debugging": ((), {"PYTHONMALLOC": "malloc_debug"}),
    "with pymalloc, debugging": ((), {"PYTHONMALLOC": "pymalloc_debug"}),
}


@pytest.mark.parametrize("start", STARTS)
def test_however_python_was_started_all_is_counted(start: str) -> None:
    options, variables = STARTS[start]
    code = "print([count(engine) for engine in engines] == [len(heap)] * len(engines))"
    assert run_bot(COUNTING + code, options=("-W", "error", *options), **variables) == "True\n"


def test_whatever_became_of_the_heap_since_the_last_census_all_is_counted() -> None:
    """The core remembers the order of the collector's lists; what it remembers may be as wrong as can be."""
    code = """
import gc, random
chance = random.Random(3)
def forget(some):
    start = chance.randrange(len(heap) - some)
    del heap[start : start + some]
changes = [
    lambda: [heap.pop(chance.randrange(len(heap))) for _ in range(1_000)],
    *[lambda some=some: forget(some) for some in (1, 15, 16, 17, 500, 3_000)],
    lambda: heap.extend(Own() for _ in range(3_000)),
    lambda: heap.__setitem__(slice(None), [Own() for _ in heap]),
    lambda: chance.shuffle(heap),
    gc.collect, gc.freeze, gc.unfreeze, gc.disable, gc.enable,
]
wrong = []
for _ in range(60):
    change = chance.choice(changes)
    change()
    if len(heap) < 5_000:
        heap.extend(Own() for _ in range(5_000))
    wrong += [counted for engine in engines if (counted := count(engine)) != len(heap)]
print(wrong)
"""
    assert run_bot(COUNTING + code) == "[]\n"


def test_from_the_main_thread_and_from_others_all_is_counted() -> None:
    code = """
counted = [count(engine) for engine in engines]
thread = threading.Thread(target=lambda: counted.extend(map(count, engines)))
thread.start()
thread.join()
print(counted == [len(heap)] * len(engines) * 2)
"""
    assert run_bot(COUNTING + code) == "True\n"


def test_censuses_of_several_threads_at_once_are_all_right() -> None:
    code = """
sys.setswitchinterval(0.0001)
with ThreadPoolExecutor(6) as pool:
    print(set(pool.map(count, engines * 15)) == {len(heap)})
"""
    assert run_bot(COUNTING + code) == "True\n"


def test_a_census_within_a_finalizer_a_weak_reference_or_a_collection_counts_all() -> None:
    code = """
import gc, weakref
counted = []
class Last:
    def __del__(self):
        counted.extend(map(count, engines))
def note(*_):
    counted.extend(map(count, engines))
Last()
seen = Own()
watch = weakref.ref(seen, note)
del seen
cycle = [Last()]
cycle.append(cycle)
del cycle
gc.collect()
def during(phase, about):
    gc.callbacks.remove(during)
    note()
gc.callbacks.append(during)
gc.collect()
print(counted == [len(heap)] * len(engines) * 4)
"""
    assert run_bot(COUNTING + code) == "True\n"


def test_whether_the_collector_is_on_stays_as_it_was() -> None:
    code = """
import gc
told = []
for switch in (gc.enable, gc.disable):
    switch()
    for engine in engines:
        count(engine)
        told.append(gc.isenabled())
print(told == [True] * len(engines) + [False] * len(engines))
"""
    assert run_bot(COUNTING + code) == "True\n"


@pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")
def test_bots_that_fork_count_in_parent_and_child_alike() -> None:
    code = """
import os, warnings
warnings.simplefilter("ignore")
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        os._exit(0 if [count(engine) for engine in engines] == [len(heap)] * len(engines) else 1)
    assert [count(engine) for engine in engines] == [len(heap)] * len(engines)
    assert os.waitpid(pid, 0) == (pid, 0)
print("good")
"""
    assert run_bot(COUNTING + code) == "good\n"


@pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")
def test_a_bot_that_ends_while_a_census_runs_ends_as_it_would_without() -> None:
    code = """
def for_ever():
    while True:
        count(snapshot)
for _ in range(2):
    threading.Thread(target=for_ever, daemon=True).start()
import time
while threading.active_count() < 3:
    time.sleep(0.001)
count(snapshot)
faulthandler.cancel_dump_traceback_later()
print("good")
"""
    assert run_bot(COUNTING + code) == "good\n"
