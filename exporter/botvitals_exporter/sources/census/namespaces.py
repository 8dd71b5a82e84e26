"""A class's own attributes, looked up without running any code of the bot's."""

from typing import Any

namespace_of: Any = type.__dict__["__dict__"].__get__
"""The type's own attributes, a read-only view of its dictionary."""

flags_of: Any = type.__dict__["__flags__"].__get__
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE, Include/object.h
_ONLY_TEXTS = {id(str)}


def has_odd_keys(kind: type) -> bool:
    """Return whether a look-up among the type's own attributes may ask a key's `__eq__`: not all are plain texts."""
    return bool(flags_of(kind) & _HEAP_TYPE) and not _ONLY_TEXTS.issuperset(map(id, map(type, namespace_of(kind))))


def own_attribute(kind: type, name: str) -> Any:
    """Return what the type itself, not a base of it, has under `name`; None where it has nothing."""
    namespace = namespace_of(kind)
    if not has_odd_keys(kind):
        return namespace.get(name)
    return next((value for key, value in namespace.items() if type(key) is str and key == name), None)
