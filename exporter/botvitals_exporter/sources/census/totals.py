"""Objects and bytes added up by type while a census runs."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any
from weakref import ReferenceType

from botvitals_exporter.readings import ModuleCount, TypeCount
from botvitals_exporter.sources.census.names import module_name, type_name
from botvitals_exporter.sources.census.sizes import SizeFunction, inherits, is_container, size_function, size_of

CHUNK = 4096
"""Objects handled by one call into C, which keeps every other thread waiting: about a millisecond's worth."""


class Totals:
    """Objects and bytes by type, for the length of one census: it keeps the types that it met alive.

    Types are told apart by their id, since a metaclass may define `__hash__` and `__eq__`. `tracked_objects` is how
    many of the objects the garbage collector tracks, where whoever counts knows.
    """

    def __init__(self) -> None:
        self.tracked_objects: int | None = None
        self._types: dict[int, type] = {}
        self._containers: set[int] = set()
        self._dictionaries: set[int] = set()
        self._references: set[int] = set()
        self._measured_by: dict[int, SizeFunction] = {}
        self._counts: Counter[tuple[int, int]] = Counter()

    def add(self, objects: Sequence[object]) -> list[int]:
        """Count `objects`, at most `CHUNK` of them, and return the ids of their types."""
        types = list(map(type, objects))
        type_ids = list(map(id, types))
        unknown = set(type_ids).difference(self._types)
        if unknown:
            for type_id, kind in zip(type_ids, types, strict=True):
                if type_id in unknown:
                    self._learn(type_id, kind)
        if self._measured_by.keys().isdisjoint(type_ids):
            try:
                sizes = list(map(sys.getsizeof, objects))
            except Exception:  # noqa: BLE001 - an extension's size method may raise anything
                sizes = self._sizes_one_by_one(type_ids, objects)
        else:
            sizes = self._sizes_one_by_one(type_ids, objects)
        self._counts.update(zip(type_ids, sizes, strict=True))
        return type_ids

    def containers(self, type_ids: Iterable[int], objects: Iterable[object]) -> list[object]:
        """Return those of `objects` that may refer to others."""
        return list(compress(objects, map(self._containers.__contains__, type_ids)))

    def dictionaries(self, type_ids: Iterable[int], objects: Iterable[Any]) -> list[dict[object, object]]:
        """Return those of `objects` that are dictionaries."""
        return list(compress(objects, map(self._dictionaries.__contains__, type_ids)))

    def references(self, type_ids: Iterable[int], objects: Iterable[object]) -> list[object]:
        """Return those of `objects` that are weak references."""
        return list(compress(objects, map(self._references.__contains__, type_ids)))

    def types(self) -> tuple[TypeCount, ...]:
        """Return what was counted by type name, largest first."""
        return tuple(TypeCount(*row) for row in self._rows(type_name))

    def modules(self) -> tuple[ModuleCount, ...]:
        """Return what was counted by the types' top-level package, largest first."""
        return tuple(ModuleCount(*row) for row in self._rows(module_name))

    def _learn(self, type_id: int, kind: type) -> None:
        self._types[type_id] = kind
        if is_container(kind):
            self._containers.add(type_id)
        if inherits(kind, dict):
            self._dictionaries.add(type_id)
        if inherits(kind, ReferenceType):
            self._references.add(type_id)
        measure = size_function(kind)
        if measure is not sys.getsizeof:
            self._measured_by[type_id] = measure

    def _sizes_one_by_one(self, type_ids: Iterable[int], objects: Iterable[object]) -> list[int]:
        measured_by = self._measured_by.get
        return [
            size_of(thing, measured_by(type_id, sys.getsizeof))
            for type_id, thing in zip(type_ids, objects, strict=True)
        ]

    def _rows(self, name_of: Callable[[type], str]) -> list[tuple[str, int, int]]:
        names = {type_id: name_of(kind) for type_id, kind in self._types.items()}
        objects: Counter[str] = Counter()
        size_bytes: Counter[str] = Counter()
        for (type_id, size), count in self._counts.items():
            name = names[type_id]
            objects[name] += count
            size_bytes[name] += count * size
        largest_first = sorted(size_bytes, key=lambda name: (-size_bytes[name], name))
        return [(name, objects[name], size_bytes[name]) for name in largest_first]
