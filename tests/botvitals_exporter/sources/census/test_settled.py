"""A bot that builds tuples while it is counted."""

import gc
import threading
from collections.abc import Callable, Iterator

import pytest

from botvitals_exporter.sources.census.engine import Engine
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.inline import PythonEngine
from botvitals_exporter.sources.census.native import CLONES_HERE
from botvitals_exporter.sources.census.settled import count_tracked_objects, settled_objects
from botvitals_exporter.sources.garbage_collector import GarbageCollectorSource


def slowly(number: int) -> Iterator[int]:
    for _ in range(number):
        yield sum(range(500))


def named(name: str) -> Callable[[], object]:
    (engine,) = engine_named(name).engines
    return engine.count


def counting_with(engine: Engine) -> Callable[[], object]:
    return engine.count


WAYS = {
    "in Python": counting_with(PythonEngine()),
    "inline": named("inline"),
    "pympler": named("pympler"),
    **({"snapshot": named("snapshot")} if CLONES_HERE else {}),
    "of the collector": lambda: GarbageCollectorSource().read(),
}


@pytest.mark.parametrize("way", WAYS)
def test_tuples_can_be_built_while_objects_are_counted(way: str) -> None:
    stop = threading.Event()
    counted: list[int] = []

    def count() -> None:
        while not stop.is_set():
            WAYS[way]()
            counted.append(1)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        while len(counted) < 2:
            assert len(tuple(slowly(300))) == 300
            assert len(frozenset(slowly(10))) == 1
    finally:
        stop.set()
        thread.join()


def test_what_is_left_out_is_found_all_the_same() -> None:
    kept = [(object(), [number]) for number in range(1000)] + [frozenset({str(number)}) for number in range(1000)]
    types = {count.name: count.objects for count in PythonEngine().count().types}
    del kept
    later = {count.name: count.objects for count in PythonEngine().count().types}
    assert types["tuple"] - later["tuple"] >= 1000
    assert types["frozenset"] - later["frozenset"] >= 1000


def test_only_tuples_and_frozensets_are_left_out_and_collections_go_on_as_before() -> None:
    listed = settled_objects()
    assert {type(thing) for thing in listed}.isdisjoint({tuple, frozenset})
    assert len(listed) > 0.5 * count_tracked_objects()
    assert gc.isenabled()
    gc.disable()
    try:
        settled_objects()
        assert not gc.isenabled()
    finally:
        gc.enable()
