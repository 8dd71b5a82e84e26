"""Counting what pympler's muppy finds, to compare with: what the old script saw.

muppy runs a garbage collection first, leaves out what lies deeper than one level below a tracked object, and asks
objects for their `__class__`, which may run code of the bot's. Sizes are measured as the other engines do.
"""

import time

from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.sources.census.engine import Tally
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
        self._get_objects = muppy.get_objects

    def count(self) -> Tally:
        """Count what muppy finds; the pause is the whole count."""
        began_seconds, cpu_began_seconds = time.perf_counter(), time.thread_time()
        objects = self._get_objects()
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
