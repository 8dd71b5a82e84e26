"""The collector's list as Python code may hold it while other threads run.

`tuple(generator)`, and others that build a tuple or a frozenset step by step in C, need theirs to have one reference,
and fail with SystemError where it has a second. It is on the collector's list from the start
(https://github.com/python/cpython/issues/39117): whoever keeps that list while the thread that builds goes on, breaks
it. So both kinds are taken off the list before any other thread runs; complete ones are found from who refers to them,
but for the few that only code objects hold, which refer to nothing that the collector knows.
"""

import gc
import sys
import time
from collections.abc import Iterator
from itertools import compress, filterfalse
from operator import not_

from botvitals_exporter.sources.census.native import NativeCore, find_native_core

_BUILT_STEP_BY_STEP = frozenset({id(tuple), id(frozenset)})
_MOMENT_SECONDS = 0.001
_SECONDS_PER_OBJECT = 1e-6  # several times what it takes to list one and look at its type


def settled_objects() -> list[object]:
    """Return what the collector tracks, but for tuples and frozensets."""
    usual_seconds = sys.getswitchinterval()
    was_enabled = gc.isenabled()
    gc.disable()  # or finalizers, and with them other threads, would run meanwhile
    # Nobody asks for the GIL so soon. Who has asked already gets it after the usual time, and so before the list.
    sys.setswitchinterval(0.5 + _SECONDS_PER_OBJECT * count_tracked_objects())
    try:
        asked_seconds = time.monotonic()
        while time.monotonic() < asked_seconds + 2 * usual_seconds:
            pass
        listed = gc.get_objects()
        settled = list(compress(listed, map(not_, _are_built_step_by_step(listed))))
        listed.clear()
    finally:
        sys.setswitchinterval(usual_seconds)
        if was_enabled:
            gc.enable()
    time.sleep(_MOMENT_SECONDS)  # who asked for the GIL meanwhile waits as long as was set then, unless it gets it now
    return settled


def not_settled(objects: list[object]) -> list[object]:
    """Return those of `objects` that `settled_objects` leaves out, some of them twice."""
    return [*filterfalse(gc.is_tracked, objects), *compress(objects, _are_built_step_by_step(objects))]


def is_settled_and_listed(thing: object) -> bool:
    """Return whether `settled_objects` has an object that is tracked."""
    return gc.is_tracked(thing) and id(type(thing)) not in _BUILT_STEP_BY_STEP


def count_tracked_objects() -> int:
    """Return how many objects the collector tracks, frozen ones with them."""
    core = find_native_core()
    if isinstance(core, NativeCore):
        return core.tracked_up_to(sys.maxsize)
    listed = sum(map(len, map(gc.get_objects, (None,))))  # the list is gone again within the same call
    return listed + gc.get_freeze_count()


def _are_built_step_by_step(objects: list[object]) -> Iterator[bool]:
    # By id: a type may have a `__hash__` and an `__eq__` of its metaclass's.
    return map(_BUILT_STEP_BY_STEP.__contains__, map(id, map(type, objects)))
