"""What a type is called, found without running any code of the bot's.

`kind.__name__` asks the type's metaclass, which may answer with code of its own; the descriptors of `type` do not.
"""

from typing import Any

BUILTINS = "builtins"

_module_of: Any = type.__dict__["__module__"].__get__
_qualname_of: Any = type.__dict__["__qualname__"].__get__


def type_name(kind: type) -> str:
    """Return `dict` for a built-in type, else `package.module.Class`."""
    module, qualname = _module(kind), str.__str__(_qualname_of(kind))
    return qualname if module == BUILTINS else f"{module}.{qualname}"


def module_name(kind: type) -> str:
    """Return the top-level package that the type says it belongs to."""
    return _module(kind).partition(".")[0] or BUILTINS


def _module(kind: type) -> str:
    # A class body may set `__module__` to anything at all; Python's own repr of such a type leaves the module out too.
    try:
        return str.__str__(_module_of(kind)) or BUILTINS
    except (AttributeError, TypeError):
        return BUILTINS
