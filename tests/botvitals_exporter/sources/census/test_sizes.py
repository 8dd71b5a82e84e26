import sys
from array import array
from collections import OrderedDict, deque
from io import BytesIO
from typing import Any

import numpy
import pytest

from botvitals_exporter.sources.census.sizes import inherits, is_container, size_function, size_of


def measured(thing: object) -> int:
    return size_of(thing, size_function(type(thing)))


class Plain:
    pass


class Slotted:
    __slots__ = ("a", "b")


class Weak:
    __slots__ = ("__weakref__",)


class Listed(list[int]):
    pass


@pytest.mark.parametrize(
    "thing",
    [
        None, True, 0, 1 << 200, 1.5, 1j, "", "a" * 99, "é" * 99, "龍" * 99, b"x" * 99, bytearray(99), (), (1, 2, 3),
        [1, 2, 3],
        {}, {"a": 1}, {1, 2}, frozenset({1}), range(9), slice(1), array("d", range(9)), deque(range(99)),
        BytesIO(b"x" * 999),
        OrderedDict(a=1), numpy.zeros(1000), len, Plain, Plain(), Slotted(), Weak(), Listed([1, 2, 3]),
        type, sys, lambda: 1,
        memoryview(b"abc"), object(), ValueError("x"), iter([1]), Plain.__init__, sys._getframe().f_code,
    ],
    ids=lambda thing: type(thing).__name__,
)  # fmt: skip
def test_a_size_is_what_sys_getsizeof_says(thing: object) -> None:
    assert measured(thing) == sys.getsizeof(thing)


@pytest.mark.parametrize(
    "base", [Plain, Slotted, Weak, Listed, int, str, tuple, dict, set, deque, bytearray, BaseException]
)
def test_a_type_that_measures_itself_in_python_is_measured_as_its_base(base: Any) -> None:
    def lie(self: object) -> int:
        raise RuntimeError

    honest = type("Honest", (base,), {})
    liar = type("Liar", (base,), {"__sizeof__": lie})
    grandchild = type("Grandchild", (liar,), {"__slots__": ()})
    assert measured(liar()) == sys.getsizeof(honest())
    assert measured(grandchild()) == sys.getsizeof(honest())


@pytest.mark.parametrize(
    "method", [staticmethod(lambda: 5), classmethod(lambda cls: 5), property(lambda self: 1 / 0), None, 3]
)
def test_what_stands_for_a_size_method_is_never_called(method: object) -> None:
    kind = type("Odd", (), {"__sizeof__": method})
    assert measured(kind()) == sys.getsizeof(Plain())


def test_a_borrowed_size_method_that_fails_leaves_the_plain_size() -> None:
    kind = type("Borrower", (), {"__sizeof__": dict.__sizeof__})
    with pytest.raises(TypeError):
        sys.getsizeof(kind())
    assert measured(kind()) == sys.getsizeof(Plain())


def test_a_metaclass_is_not_asked_what_its_types_inherit() -> None:
    class Claims(type):
        def __subclasscheck__(cls, other: type) -> bool:
            raise RuntimeError

        def mro(cls) -> Any:
            return super().mro()

    kind = Claims("Claimed", (list,), {})
    assert inherits(kind, list)
    assert not inherits(kind, dict)
    assert is_container(kind)
    assert not is_container(str)
