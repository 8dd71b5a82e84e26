"""Where there is no native core, or no clone for it: what counts instead, and what is said."""

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from botvitals_exporter.failures import Failures
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.sources.census import engines, native, snapshot
from botvitals_exporter.sources.census.cheaper import Cheaper
from botvitals_exporter.sources.census.engine import CensusSkippedError
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.inline import InlineEngine, PythonEngine
from botvitals_exporter.sources.census.native import NativeCore, find_native_core
from support_census import objects_of

NOT_BUILT = "it was not built for this Python; with a C compiler, install botvitals anew"


class Own:
    pass


@pytest.fixture
def no_core(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installation without a compiler, or an interpreter that the core is not built for."""
    monkeypatch.setitem(sys.modules, "botvitals_exporter.sources.census._native", None)
    monkeypatch.delattr("botvitals_exporter.sources.census._native", raising=False)
    find_native_core.cache_clear()
    yield
    find_native_core.cache_clear()


@pytest.mark.parametrize("name", ["auto", "inline"])
def test_without_the_core_objects_are_counted_in_python(no_core: None, name: str) -> None:
    choice = engine_named(name)
    heap = [Own() for _ in range(1000)]
    (engine,) = choice.in_turn(None)
    assert isinstance(engine, PythonEngine)
    assert objects_of(Own, engine.count().types) == len(heap)
    assert (choice.is_native, choice.not_native) == (False, NOT_BUILT)


def test_without_the_core_snapshot_is_unsupported_and_says_why(no_core: None) -> None:
    (engine,) = engine_named("snapshot").in_turn(None)
    with pytest.raises(CensusSkippedError, match=NOT_BUILT) as skipped:
        engine.count()
    assert skipped.value.outcome == "unsupported"


def test_without_the_core_it_is_said_once_and_told_in_build_info(no_core: None) -> None:
    said: list[str] = []
    vitals = InsideVitals(Failures(said.append), engine_named("auto"), 10.0)
    vitals.begin()
    try:
        vitals.refresh()
        vitals.next_report()
    finally:
        vitals.end()
    build = vitals.build("objects")
    assert (build.engine, build.native) == ("inline", "false")
    assert [line for line in said if NOT_BUILT in line] == [
        f"objects are counted in Python, without the native core: {NOT_BUILT}"
    ]


def test_an_interpreter_whose_lists_the_core_does_not_know_is_counted_in_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_arguments: Any) -> Any:
        raise NotImplementedError

    broken = SimpleNamespace(count=unknown, count_in_clone=unknown, tracked_up_to=unknown)
    monkeypatch.setitem(sys.modules, "botvitals_exporter.sources.census._native", broken)  # type: ignore[arg-type]
    monkeypatch.setattr("botvitals_exporter.sources.census._native", broken, raising=False)
    find_native_core.cache_clear()
    try:
        choice = engine_named("auto")
    finally:
        find_native_core.cache_clear()
    assert isinstance(choice.engines[0], PythonEngine)
    assert choice.not_native == "it does not know this version of Python"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> NativeCore:
    """macOS, or another system without Linux's clone."""
    for module in (engines, native, snapshot):
        monkeypatch.setattr(module, "CLONES_HERE", False)
    core = find_native_core()
    assert isinstance(core, NativeCore), core
    return core


def test_a_system_without_clones_counts_inline_and_natively(elsewhere: NativeCore) -> None:
    choice = engine_named("auto")
    assert not isinstance(choice, Cheaper)
    assert [type(engine) for engine in choice.engines] == [InlineEngine]
    assert choice.is_native


def test_a_system_without_clones_does_not_support_snapshot(elsewhere: NativeCore) -> None:
    (engine,) = engine_named("snapshot").in_turn(None)
    with pytest.raises(CensusSkippedError, match="this system cannot clone a process") as skipped:
        engine.count()
    assert skipped.value.outcome == "unsupported"


@pytest.mark.parametrize(
    "arguments", [(), (None,), (b"", False), (None, False, None), ("text", False, None), (7, False, None)]
)
def test_wrong_arguments_to_the_core_raise_and_crash_nothing(arguments: tuple[Any, ...]) -> None:
    from botvitals_exporter.sources.census import _native

    with pytest.raises(TypeError):
        _native.count(*arguments)
    with pytest.raises(TypeError):
        _native.tracked_up_to("many")  # type: ignore[arg-type]
