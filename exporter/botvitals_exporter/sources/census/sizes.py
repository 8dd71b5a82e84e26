"""How many bytes an object takes by itself, found without running any code of the bot's.

`sys.getsizeof` calls the type's `__sizeof__`, which may be Python code. Such a type is measured by the nearest
`__sizeof__` written in C that it inherits, plus what the interpreter keeps before the object, as `sys.getsizeof` adds
it.
"""

import sys
from collections.abc import Callable
from types import MethodDescriptorType
from typing import Any

from botvitals_exporter.sources.census.namespaces import flags_of, has_odd_keys, own_attribute

SizeFunction = Callable[[object], int]

_HAVE_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC, Include/object.h
# Py_TPFLAGS_MANAGED_DICT, and since 3.12 Py_TPFLAGS_MANAGED_WEAKREF: either puts two pointers before the object.
_MANAGED = 1 << 4 | (1 << 3 if sys.version_info >= (3, 12) else 0)

_mro_of: Any = type.__dict__["__mro__"].__get__


class _Plain:
    """An instance with a dictionary and weak references, to see what the running version keeps before it."""


_COLLECTOR_HEADER_BYTES = sys.getsizeof([]) - list.__sizeof__([])
_MANAGED_BYTES = sys.getsizeof(_Plain()) - object.__sizeof__(_Plain()) - _COLLECTOR_HEADER_BYTES


def is_container(kind: type) -> bool:
    """Return whether instances take part in garbage collection, and so may refer to other objects."""
    return bool(flags_of(kind) & _HAVE_GC)


def inherits(kind: type, base: type) -> bool:
    """Return whether `base` is among the type's bases, without asking `__subclasscheck__`."""
    return any(each is base for each in _mro_of(kind))


def size_function(kind: type) -> SizeFunction:
    """Return what measures instances of `kind`: `sys.getsizeof` itself where their `__sizeof__` is written in C."""
    mro = _mro_of(kind)
    inherited = [method for each in mro if (method := own_attribute(each, "__sizeof__")) is not None]
    if type(inherited[0]) is MethodDescriptorType and not any(map(has_odd_keys, mro)):
        return sys.getsizeof
    measure = next(method for method in inherited if type(method) is MethodDescriptorType)
    before = before_object_bytes(kind)

    def base_size(thing: object) -> int:
        return int(measure(thing)) + before

    return base_size


def before_object_bytes(kind: type) -> int:
    """Return what lies before an instance: the collector's header, pointers to its dictionary and weak references."""
    flags = flags_of(kind)
    return (_COLLECTOR_HEADER_BYTES if flags & _HAVE_GC else 0) + (_MANAGED_BYTES if flags & _MANAGED else 0)


def size_of(thing: object, measure: SizeFunction) -> int:
    """Return what `measure` says, or the plain size of the object where its own size method fails."""
    try:
        return measure(thing)
    except Exception:  # noqa: BLE001 - an extension's size method may raise anything
        return object.__sizeof__(thing) + before_object_bytes(type(thing))
