"""Counts a varied heap with the census and with a plain walk, in two copies of one process; prints what differs."""

import gc
import json
import os
import sys
import tempfile
from array import array
from collections import ChainMap, OrderedDict, UserList, defaultdict, deque, namedtuple
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from ctypes import Structure, c_int
from decimal import Decimal
from functools import lru_cache, partial
from io import BytesIO, StringIO
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TextIO
from weakref import WeakKeyDictionary, WeakValueDictionary, finalize, proxy, ref

sys.path.insert(0, str(Path(__file__).parent))
from bare_packages import use_packages_in

use_packages_in(Path(sys.argv[1]))
from botvitals_exporter.sources.census.walk import count_heap  # noqa: E402 - from the packages that the line above finds


class Plain:
    pass


class Slotted:
    __slots__ = ("left", "right")


class Empty:
    __slots__ = ()


class Text(str):
    pass


class Whole(int):
    pass


class Mapping(dict):
    pass


class Pair(namedtuple("Pair", "a b")):
    __slots__ = ()


class Point(Structure):
    _fields_ = [("x", c_int)]


class Meta(type):
    pass


def closure(held):
    return lambda: held


def generator(held):
    yield held


def plant() -> list[object]:
    heap: list[object] = []
    for number in range(300):
        plain = Plain()
        plain.itself = plain
        plain.name = f"plain {number}"
        slotted = Slotted()
        slotted.left, slotted.right = plain, (number + 10_000, (float(number), b"%d" % number, (Empty(),)))
        running = generator([plain, Empty()])
        next(running)
        heap += [
            plain, slotted, running, {"deep": {"deeper": (Empty(), {"k": Empty()})}}, Text(f"text {number}"),
            Whole(1 << (number % 90)), Mapping(a=Empty()), Pair(Empty(), number * 1000), deque([Empty()] * 3, maxlen=3),
            array("d", range(number)), BytesIO(b"x" * number), StringIO("y" * number), bytearray(number), Point(number),
            OrderedDict(a=Empty()), defaultdict(list, a=[Empty()]), ChainMap({}, {"a": 1.5}), UserList([Empty()]),
            MappingProxyType({"a": Empty()}), SimpleNamespace(a=Empty()), Decimal(number), frozenset({number}),
            complex(number),
            ref(plain), proxy(plain), finalize(plain, id, 1), WeakKeyDictionary({plain: 1}),
            WeakValueDictionary({1: plain}),
            partial(plant, Empty()), closure(Empty()), Meta(f"Made{number % 7}", (Plain,), {"kept": Empty()}),
            memoryview(b"abc"), slice(number, Empty()), range(number), iter([Empty()]), zip([Empty()]), plain.__init__,
            copy_context(), ContextVar(f"v{number}"), lru_cache(Empty), property(plant), ValueError(Empty()),
        ]  # fmt: skip
    gc.collect()
    return heap


def name_of(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def census() -> dict[str, tuple[int, int]]:
    totals = count_heap()  # on a line of its own: a comprehension is a function that would be counted, too
    return {count.name: (count.objects, count.size_bytes) for count in totals.types()}


def reference() -> dict[str, tuple[int, int]]:
    to_visit = gc.get_objects()
    seen: set[int] = set()
    by_type: dict[type, list[int]] = {}
    while to_visit:
        thing = to_visit.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            row = by_type.setdefault(type(thing), [0, 0])
            row[0] += 1
            row[1] += sys.getsizeof(thing)
            to_visit += gc.get_referents(thing)
    by_name: dict[str, tuple[int, int]] = {}
    for kind, (objects, size_bytes) in by_type.items():
        before = by_name.get(name_of(kind), (0, 0))
        by_name[name_of(kind)] = (before[0] + objects, before[1] + size_bytes)
    return by_name


def in_a_copy(count: Callable[[], dict[str, tuple[int, int]]], answer: TextIO) -> None:
    pid = os.fork()
    if pid == 0:
        json.dump(count(), answer)
        answer.flush()
        os._exit(0)
    os.waitpid(pid, 0)


heap = plant()  # the last that changes before the copies are made
gc.disable()
gc.unfreeze()  # 3.12 starts with a few hundred objects of its own frozen, which nothing leads to
census()  # once for what a first run leaves behind
with tempfile.TemporaryFile("w+") as first, tempfile.TemporaryFile("w+") as second:
    in_a_copy(census, first)
    in_a_copy(reference, second)
    first.seek(0)
    second.seek(0)
    ours, theirs = json.load(first), json.load(second)
sys.stdout.write(f"objects {sum(objects for objects, _ in theirs.values())}\n")
for name in sorted(ours.keys() | theirs.keys()):
    if ours.get(name) != theirs.get(name):
        sys.stdout.write(f"{name}: counted {ours.get(name)}, in truth {theirs.get(name)}\n")
