from collections import OrderedDict
from typing import Any

import pytest

from botvitals_exporter.sources.census.names import module_name, type_name


class Hostile(type):
    def __getattribute__(cls, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(cls) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("kind", "name", "module"),
    [
        (dict, "dict", "builtins"),
        (type(None), "NoneType", "builtins"),
        (OrderedDict, "collections.OrderedDict", "collections"),
        (Hostile, f"{__name__}.Hostile", __name__.partition(".")[0]),
        (type("A", (), {"__module__": "one.two.three"}), "one.two.three.A", "one"),
    ],
)
def test_a_type_is_called_by_its_module_and_qualified_name(kind: type, name: str, module: str) -> None:
    assert type_name(kind) == name
    assert module_name(kind) == module


def test_the_metaclass_of_a_type_is_not_asked() -> None:
    class Guarded(metaclass=Hostile):
        __qualname__ = "Guarded"

    assert type_name(Guarded) == f"{__name__}.Guarded"
    assert module_name(Guarded) == __name__.partition(".")[0]


@pytest.mark.parametrize("module", [property(lambda self: 1 / 0), None, 42, "", ["a"]])
def test_a_type_whose_module_is_no_text_is_called_by_its_own_name(module: object) -> None:
    kind = type("Odd", (), {"__module__": module})
    assert (type_name(kind), module_name(kind)) == ("Odd", "builtins")


def test_no_method_of_a_text_of_the_bots_own_kind_runs() -> None:
    class Text(str):
        __slots__ = ()

        def partition(self, _separator: str) -> Any:
            raise RuntimeError

        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        def __format__(self, _spec: str) -> str:
            raise RuntimeError

        __hash__ = str.__hash__

    kind = type("Odd", (), {"__module__": Text("some.where"), "__qualname__": Text("Odd")})
    assert (type_name(kind), module_name(kind)) == ("some.where.Odd", "some")
    assert type(type_name(kind)) is str
