"""Watching for the call of an entry point leaves no trace, and gives way to other tools."""

import sys
from types import CodeType, FrameType

import pytest

from botvitals_exporter.launcher.call_watch import CallWatch

CALLS = "def main(): pass\ndef other(): pass\nother()\nmain()\nhook = look()"


def run(text: str, **names: object) -> CallWatch:
    code: CodeType = compile(text, "bot.py", "exec")
    namespace = dict(names)
    with CallWatch(code, namespace) as watch:
        exec(code, namespace)
    return watch


def watchers() -> object:
    if sys.version_info >= (3, 12):
        return [sys.monitoring.get_tool(tool) for tool in range(6)]
    return sys.getprofile()


def test_nothing_is_left_once_the_call_was_seen() -> None:
    before = watchers()
    during: list[object] = []
    assert run(CALLS, look=lambda: during.append(watchers())).called is True
    assert during == [before]
    assert watchers() == before


def test_nothing_is_left_where_nothing_was_called() -> None:
    before = watchers()
    assert run("def main(): pass\n").called is False
    assert watchers() == before


def test_nothing_is_left_where_the_script_raised() -> None:
    before = watchers()
    with pytest.raises(ZeroDivisionError):
        run("def main(): pass\n1 / 0")
    assert watchers() == before


def test_a_twin_of_the_entry_point_is_not_the_entry_point() -> None:
    assert run("def make():\n    def main(): pass\n    return main\ndef main(): pass\nmake()()").called is False


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="watches by profile function before 3.12 only")
def test_a_profiler_that_is_there_stays_and_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def profiler(_frame: FrameType, _event: str, _argument: object) -> None:
        pass

    sys.setprofile(profiler)
    try:
        assert run(CALLS, look=lambda: None).called is None
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="costs something before 3.12 only")
def test_the_watch_gives_up_when_it_has_cost_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botvitals_exporter.launcher.call_watch._PATIENCE_SECONDS", -1)
    during: list[object] = []
    text = "def main(): pass\ndef other(): pass\nfor _ in range(5000): other()\nlook()"
    assert run(text, look=lambda: during.append(sys.getprofile())).called is None
    assert during == [None]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_without_a_free_tool_id_nothing_is_claimed() -> None:
    if sys.version_info >= (3, 12):
        for tool in (3, 4):
            sys.monitoring.use_tool_id(tool, "somebody else")
        try:
            assert run(CALLS, look=lambda: None).called is None
        finally:
            for tool in (3, 4):
                sys.monitoring.free_tool_id(tool)
