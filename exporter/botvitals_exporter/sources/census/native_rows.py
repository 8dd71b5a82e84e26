"""What the native core answers, as readings."""

from collections.abc import Iterable

from botvitals_exporter.readings import ModuleCount, OwnersReading, TypeCount
from botvitals_exporter.sources.census.names import full_name, top_level

TypeRow = tuple[str, str, int, int, int, int, int, int]
"""Module, qualified name, objects, bytes, owned objects, owned bytes, loose objects, loose bytes."""

ModuleRow = tuple[str, int, int]


def type_counts(rows: Iterable[TypeRow]) -> tuple[TypeCount, ...]:
    """Return the objects by type, largest first."""
    sums = _Sums()
    for module, name, objects, size_bytes, *_owners in rows:
        sums.add(full_name(module, name), objects, size_bytes)
    return tuple(TypeCount(*row) for row in sums.largest_first())


def module_counts(rows: Iterable[TypeRow]) -> tuple[ModuleCount, ...]:
    """Return the objects by their types' top-level package, largest first."""
    sums = _Sums()
    for module, _name, objects, size_bytes, *_owners in rows:
        sums.add(top_level(module), objects, size_bytes)
    return tuple(ModuleCount(*row) for row in sums.largest_first())


def owners(types: Iterable[TypeRow], modules: Iterable[ModuleRow]) -> OwnersReading:
    """Return the owners, largest first; what nobody owns alone stays with the module of its own type."""
    by_class, by_module = _Sums(), _Sums()
    for module, name, _objects, _bytes, owned_objects, owned_bytes, loose_objects, loose_bytes in types:
        if owned_objects:
            by_class.add(full_name(module, name), owned_objects, owned_bytes)
        by_module.add(top_level(module), owned_objects + loose_objects, owned_bytes + loose_bytes)
    for module, objects, size_bytes in modules:
        by_module.add(top_level(module), objects, size_bytes)
    return OwnersReading(
        classes=tuple(TypeCount(*row) for row in by_class.largest_first()),
        modules=tuple(ModuleCount(*row) for row in by_module.largest_first() if row[1]),
    )


class _Sums:
    """Objects and bytes by name; several classes may share one name."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, int]] = {}

    def add(self, name: str, objects: int, size_bytes: int) -> None:
        objects_before, bytes_before = self._sums.get(name, (0, 0))
        self._sums[name] = objects_before + objects, bytes_before + size_bytes

    def largest_first(self) -> list[tuple[str, int, int]]:
        rows = [(name, objects, size_bytes) for name, (objects, size_bytes) in self._sums.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))
