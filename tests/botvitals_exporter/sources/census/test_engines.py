import gc
import subprocess
import sys
from typing import Any

import msgspec
import multidict
import numpy
import pytest

from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.sources.census import snapshot
from botvitals_exporter.sources.census.engine import CensusSkippedError, Tally
from botvitals_exporter.sources.census.engines import ENGINE_NAMES, engine_named
from botvitals_exporter.sources.census.native import CLONES_HERE
from botvitals_exporter.sources.census.sizes import before_object_bytes
from support_census import objects_of

CLONES = pytest.mark.skipif(not CLONES_HERE, reason="a clone needs Linux")


class Tracked:
    pass


class Untracked(msgspec.Struct, gc=False):
    pass


def count(name: str) -> Tally:
    (engine,) = engine_named(name).engines
    return engine.count()


@pytest.mark.parametrize("name", ["inline", "pympler", pytest.param("snapshot", marks=CLONES)])
def test_fifty_thousand_objects_of_a_bots_own_class_are_fifty_thousand(name: str) -> None:
    heap = [Tracked() for _ in range(50_000)]
    tally = count(name)
    assert objects_of(Tracked, tally.types) == len(heap) == 50_000
    assert tally.pause_seconds > 0
    assert tally.cpu_seconds > 0


@pytest.mark.parametrize("name", ["inline", pytest.param("snapshot", marks=CLONES)])
def test_objects_that_the_collector_does_not_track_are_counted_two_levels_down(name: str) -> None:
    heap = [[(Untracked(),)] for _ in range(50_000)]
    assert objects_of(Untracked, count(name).types) == len(heap) == 50_000


@CLONES
def test_snapshot_and_inline_agree() -> None:
    heap = [(Tracked(), Untracked()) for _ in range(1000)]
    gc.collect()
    inline, copied = (figures(count(name)) for name in ("inline", "snapshot"))
    assert inline[:2] == copied[:2] == (len(heap), len(heap))
    assert copied == pytest.approx(inline, rel=0.01)


def figures(tally: Tally) -> tuple[int, int, int, int]:
    """Return four numbers in place of a tally, whose thousands of rows the next census would count."""
    return (
        objects_of(Tracked, tally.types),
        objects_of(Untracked, tally.types),
        sum(count.objects for count in tally.types),
        sum(count.size_bytes for count in tally.types),
    )


ASYNCIO_FIRST = """
import asyncio, faulthandler, gc
from botvitals_exporter.sources.census.engines import engine_named
faulthandler.dump_traceback_later(60, exit=True)
(engine,) = engine_named({name!r}).engines
async def main():
    await asyncio.gather(*(asyncio.sleep(0.001) for _ in range(3)))
asyncio.run(main())
{freeze}
gc.collect()
engine.count()
asyncio.run(main())
gc.collect()
print("alive")
"""


@pytest.mark.parametrize("freeze", ["", "gc.freeze()"])
@pytest.mark.parametrize("name", ["inline", "pympler", pytest.param("snapshot", marks=CLONES)])
def test_a_census_leaves_what_asyncio_has_freed_alone(name: str, freeze: str) -> None:
    program = [sys.executable, "-c", ASYNCIO_FIRST.format(name=name, freeze=freeze)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


@pytest.mark.parametrize("name", ["inline", pytest.param("snapshot", marks=CLONES)])
def test_frozen_objects_that_nothing_in_reach_leads_to_are_counted(name: str) -> None:
    hidden = [Tracked() for _ in range(100)]
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        tally = count(name)
        # Frozen objects come to their end meanwhile like any others.
        assert gc.get_freeze_count() == pytest.approx(frozen, rel=0.01)
    finally:
        gc.unfreeze()
    assert objects_of(Tracked, tally.types) == len(hidden)
    assert tally.tracked_objects is not None
    assert tally.tracked_objects > frozen


def test_every_engine_answers_to_its_name() -> None:
    assert [engine_named(name).name for name in ENGINE_NAMES] == list(ENGINE_NAMES)


def test_an_unknown_engine_is_a_wrong_argument_that_names_the_right_ones() -> None:
    with pytest.raises(ValueError, match="auto, snapshot, inline, pympler"):
        engine_named("guppy")


def test_pympler_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pympler", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'botvitals\[pympler\]'") as caught:
        engine_named("pympler")
    assert (caught.value.package, caught.value.extra) == ("pympler", "pympler")


def test_a_system_without_clones_skips_the_census(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CLONES_HERE", False)
    with pytest.raises(CensusSkippedError) as caught:
        count("snapshot")
    assert caught.value.outcome == "unsupported"


@pytest.mark.parametrize("name", ["inline", pytest.param("snapshot", marks=CLONES)])
def test_arrays_are_measured_with_their_content(name: str) -> None:
    kept = [numpy.zeros(1_000_000, dtype="uint8") for _ in range(3)]
    [size] = [row.size_bytes for row in count(name).types if row.name == "numpy.ndarray"]
    assert size >= sum(map(sys.getsizeof, kept))


@pytest.mark.parametrize("name", ["inline", pytest.param("snapshot", marks=CLONES)])
def test_no_size_method_runs_that_another_package_brings_whatever_it_is_compiled_from(name: str) -> None:
    assert multidict.MultiDict.__sizeof__ is not object.__sizeof__
    kept = [multidict.MultiDict(key="x" * 100) for _ in range(1000)]
    rows = {row.name: row for row in count(name).types}
    row = next(row for key, row in rows.items() if key.endswith(".MultiDict"))
    assert row.objects == len(kept)
    assert row.size_bytes == len(kept) * (object.__sizeof__(kept[0]) + before_object_bytes(multidict.MultiDict))
    assert row.size_bytes < sum(map(sys.getsizeof, kept))


@pytest.mark.parametrize("name", ["inline", "pympler"])
def test_sizes_do_not_depend_on_the_engine(name: str) -> None:
    class Lying:
        def __sizeof__(self) -> Any:
            raise RuntimeError

    heap = [Lying() for _ in range(10)]
    sizes = [count.size_bytes for count in count(name).types if count.name.endswith("Lying")]
    assert sizes == [len(heap) * sys.getsizeof(Tracked())]
