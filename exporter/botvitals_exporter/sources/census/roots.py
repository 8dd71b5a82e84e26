"""Where all references begin, for objects that the collector's list lacks."""

import gc
import sys
from types import FrameType
from typing import Any

from botvitals_exporter.sources.census.namespaces import namespace_of

_OWN_PACKAGE = __name__.rpartition(".")[0]


def interpreter_roots() -> list[object]:
    """Return the loaded modules, every class with its namespace, and what the running functions of all threads hold.

    Before 3.13 the variables of a running function are out of reach: asking for them there rewrites the dictionary that
    the function may hold as its `locals()`.
    """
    roots: list[object] = [sys.modules, *list(sys.modules.values())]
    for kind in _all_types():
        roots += (kind, *gc.get_referents(namespace_of(kind)))  # the dictionary, not our view of it
    if sys.version_info >= (3, 13):
        for frame in list(sys._current_frames().values()):
            roots += _held_by_stack(frame)
    return roots


def _all_types() -> list[type]:
    subclasses_of: Any = type.__subclasses__
    types: list[type] = [object]
    seen = {id(object)}
    for kind in types:  # grows as it goes
        for subclass in subclasses_of(kind):
            if id(subclass) not in seen:
                seen.add(id(subclass))
                types.append(subclass)
    return types


def _held_by_stack(top: FrameType) -> list[object]:
    held: list[object] = []
    frame: FrameType | None = top
    while frame is not None:
        if dict.get(frame.f_globals, "__package__") != _OWN_PACKAGE:
            variables: Any = frame.f_locals
            held += [variables] if isinstance(variables, dict) else variables.values()
        frame = frame.f_back
    return held
