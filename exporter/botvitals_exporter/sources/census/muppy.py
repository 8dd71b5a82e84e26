"""Counting what pympler's muppy finds, to compare with: what the old script saw.

muppy runs a garbage collection first, leaves out what lies deeper than one level below a tracked object, and asks
objects for their `__class__`, which may run code of the bot's. Sizes are measured as the other engines do.
"""

import time
from collections.abc import Callable
from types import FunctionType
from typing import Any

from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.sources.census.engine import Tally
from botvitals_exporter.sources.census.freed_objects import module_that_leads_to_freed_objects
from botvitals_exporter.sources.census.totals import CHUNK, Totals


class MuppyEngine:
    """Counts muppy's objects by `type(o)`. Raises MissingExtraError where pympler is not installed."""

    name = "pympler"
    free_memory_ratio = 1.5  # measured on a heap of small objects: 1.14 x RSS

    def __init__(self) -> None:
        try:
            from pympler import muppy
        except ImportError as error:
            raise MissingExtraError("pympler", "pympler") from error
        self._muppy: Any = muppy

    def count(self) -> Tally:
        """Count what muppy finds; the pause is the whole count."""
        began_seconds, cpu_began_seconds = time.perf_counter(), time.thread_time()
        objects = self._function_of_muppys()()
        totals = Totals()
        while objects:
            totals.add(objects[-CHUNK:])
            del objects[-CHUNK:]
        types, modules = totals.types(), totals.modules()
        return Tally(
            types,
            modules,
            pause_seconds=time.perf_counter() - began_seconds,
            cpu_seconds=time.thread_time() - cpu_began_seconds,
        )

    def _function_of_muppys(self) -> Callable[[], list[object]]:
        """Return `muppy.get_objects`; where that would crash the bot, the same code that passes over one module."""
        not_followed = module_that_leads_to_freed_objects()
        if not_followed is None:
            return self._muppy.get_objects  # type: ignore[no-any-return]  # pympler is typed loosely

        def get_referents(thing: object) -> list[object]:
            return [] if thing is not_followed else self._muppy.get_referents(thing)

        code = self._muppy.get_objects.__code__
        defaults = self._muppy.get_objects.__defaults__
        return FunctionType(code, {**vars(self._muppy), "get_referents": get_referents}, argdefs=defaults)
