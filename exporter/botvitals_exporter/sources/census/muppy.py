"""Counting what pympler's muppy finds, to compare with: what the old script saw.

muppy runs a garbage collection first, leaves out what lies deeper than one level below a tracked object, and asks
objects for their `__class__`, which may run code of the bot's. Sizes are measured as the other engines do.
"""

import gc
import time
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.sources.census.engine import Tally
from botvitals_exporter.sources.census.freed_objects import module_that_leads_to_freed_objects
from botvitals_exporter.sources.census.settled import is_settled_and_listed, settled_objects
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
        """Return the code of `muppy.get_objects`, asking the collector in a way that breaks nothing of the bot's."""
        not_followed = module_that_leads_to_freed_objects()

        def get_referents(thing: object) -> list[object]:
            return [] if thing is not_followed else self._muppy.get_referents(thing)

        collector = SimpleNamespace(collect=gc.collect, get_objects=settled_objects, is_tracked=is_settled_and_listed)
        code = self._muppy.get_objects.__code__
        defaults = self._muppy.get_objects.__defaults__
        names = {**vars(self._muppy), "gc": collector, "get_referents": get_referents}
        return FunctionType(code, names, argdefs=defaults)
