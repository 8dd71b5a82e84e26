"""What else counts a heap by type, each used as its own documentation has it."""

import contextlib
import gc
import json
import os
import sys
import warnings
from collections import Counter
from typing import Any

from botvitals_exporter.sources.census.freed_objects import has_freed_referents
from support.heap import Message
from support.ways import Found

_OWN_CLASS = f"{Message.__module__}.{Message.__qualname__}"


def _require_that_references_may_be_followed() -> None:
    # What follows them there breaks the event loop, or hangs or crashes in a collection later on.
    if has_freed_referents():
        raise RuntimeError("on this Python, asyncio's references lead to freed objects (cpython#122695)")


class Pympler:
    """`summary.summarize(muppy.get_objects())`, which is what the old profiler script did for its table of types."""

    def __init__(self) -> None:
        _require_that_references_may_be_followed()
        from pympler import muppy, summary

        self._muppy: Any = muppy
        self._summary: Any = summary

    def count(self) -> list[Any]:
        """Return rows of type, number and bytes."""
        rows: list[Any] = self._summary.summarize(self._muppy.get_objects())
        return rows

    def found(self, counted: list[Any]) -> Found:
        """Read the rows."""
        return Found(
            sum(row[1] for row in counted),
            sum(row[1] for row in counted if row[0] in (str(Message), _OWN_CLASS)),
        )


class Guppy:
    """`hpy().heap()`, without what it works out only when its table is asked for.

    It looks at each instance's `__dict__`, which since Python 3.11 is what makes it: the bot keeps one more object for
    each, and guppy finds those too.
    """

    def __init__(self) -> None:
        _require_that_references_may_be_followed()
        from guppy import hpy  # type: ignore[import-untyped]

        self._heapy = hpy()

    def count(self) -> Any:
        """Return guppy's set of all that is reachable from the interpreter's root."""
        return self._heapy.heap()

    def found(self, counted: Any) -> Found:
        """Ask the set."""
        return Found(counted.count, (counted & Message).count)


class Objgraph:
    """`typestats()`: numbers of the objects that the collector tracks; no bytes, no untracked objects."""

    def __init__(self) -> None:
        import objgraph  # type: ignore[import-untyped]

        self._objgraph = objgraph

    def count(self) -> dict[str, int]:
        """Return numbers by type name."""
        numbers: dict[str, int] = self._objgraph.typestats(shortnames=False)
        return numbers

    def found(self, counted: dict[str, int]) -> Found:
        """Read the numbers."""
        return Found(sum(counted.values()), counted.get(_OWN_CLASS, 0))


class PlainPython:
    """A loop over `gc.get_objects()` as people write it themselves: tracked objects only."""

    def count(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return numbers and bytes by type name."""
        objects: Counter[type] = Counter()
        size_bytes: Counter[type] = Counter()
        for thing in gc.get_objects():
            kind = type(thing)
            objects[kind] += 1
            size_bytes[kind] += sys.getsizeof(thing)
        return _by_name(objects), _by_name(size_bytes)

    def found(self, counted: tuple[dict[str, int], dict[str, int]]) -> Found:
        """Read the numbers."""
        objects, _size_bytes = counted
        return Found(sum(objects.values()), objects.get(_OWN_CLASS, 0))


class PlainPythonInFork(PlainPython):
    """The same loop in a child made by `os.fork`, which answers through a pipe."""

    def __init__(self) -> None:
        if not hasattr(os, "fork"):
            raise ImportError("this system cannot fork a process")
        # Since 3.12 Python warns of a fork with threads: that is what this way does.
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*fork")

    def count(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return numbers and bytes by type name."""
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException), os.fdopen(writing, "w") as pipe:
                gc.disable()
                json.dump(super().count(), pipe)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            answer = pipe.read()
        os.waitpid(pid, 0)
        objects, size_bytes = json.loads(answer)
        return objects, size_bytes


def _by_name(counted: Counter[type]) -> dict[str, int]:
    return {f"{kind.__module__}.{kind.__qualname__}": number for kind, number in counted.items()}
