"""What a type is called, found without running any code of the bot's.

`kind.__name__` asks the type's metaclass, which may answer with code of its own; the descriptors of `type` do not.
"""

from typing import Any

from botvitals_exporter.sources.census.namespaces import has_odd_keys, own_attribute

BUILTINS = "builtins"
REST = "__other__"
"""What the native core sums where there are more types than it has room for."""

_module_of: Any = type.__dict__["__module__"].__get__
_qualname_of: Any = type.__dict__["__qualname__"].__get__


def type_name(kind: type) -> str:
    """Return `dict` for a built-in type, else `package.module.Class`."""
    return full_name(_module(kind), str.__str__(_qualname_of(kind)))


def module_name(kind: type) -> str:
    """Return the top-level package that the type says it belongs to."""
    return top_level(_module(kind))


def full_name(module: str, qualname: str) -> str:
    """Return what a type of that module and name is called."""
    if not module:
        return REST
    return qualname if module == BUILTINS else f"{module}.{qualname}"


def top_level(module: str) -> str:
    """Return the top-level package of `module`."""
    return module.partition(".")[0] or (BUILTINS if module else REST)


def _module(kind: type) -> str:
    # A class body may set `__module__` to anything at all; Python's own repr of such a type leaves the module out too.
    try:
        module = own_attribute(kind, "__module__") if has_odd_keys(kind) else _module_of(kind)
        return str.__str__(module) or BUILTINS
    except (AttributeError, TypeError):
        return BUILTINS
