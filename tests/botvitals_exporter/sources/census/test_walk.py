import gc
import itertools
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.walk import count_heap
from support_census import objects_of

SPECIAL_METHODS = (
    "__getattribute__", "__getattr__", "__repr__", "__str__", "__eq__", "__hash__", "__bool__", "__len__", "__iter__",
    "__sizeof__", "__del__", "__call__", "__format__", "__lt__", "__contains__", "__getitem__", "__instancecheck__",
    "__subclasscheck__", "__reduce_ex__", "__dir__", "__index__",
)  # fmt: skip


NUMBERS = itertools.count()


class Untracked(msgspec.Struct, gc=False):
    """An instance that the collector does not track: one of a plain class always is, whatever its `__slots__`."""


class Kept:
    """What a class holds is reached through the class."""

    heap: list[object] = []  # noqa: RUF012 - it is shared on purpose


def own_type(*bases: type, **attributes: Any) -> Any:
    return type("Own", bases, {"__module__": f"own{next(NUMBERS)}", **attributes})


def test_instances_are_counted_once_each_however_often_they_are_held() -> None:
    kind = own_type()
    heap = [kind() for _ in range(5000)]
    again = [heap, tuple(heap), {"a": heap}, dict(enumerate(heap))]
    assert objects_of(kind, count_heap().types()) == 5000
    assert len(again) == 4


def test_objects_the_collector_does_not_track_are_found_at_any_depth() -> None:
    heap: list[object] = [[(Untracked(), (Untracked(), (Untracked(),)))] for _ in range(1000)]
    heap.append([{"a": (((((((Untracked(),),),),),),),)}])
    assert not gc.is_tracked(Untracked())
    assert objects_of(Untracked, count_heap().types()) == 3001


def test_the_keys_of_a_dictionary_are_found() -> None:
    class Key(str):
        __slots__ = ()

    heap = [{f"{number}" * 10: None} for number in range(1000)], [{Key(number): None} for number in range(1000)]
    types = {count.name: count.objects for count in count_heap().types()}
    before = types["str"]
    assert objects_of(Key, count_heap().types()) == 1000
    del heap
    assert before - {count.name: count.objects for count in count_heap().types()}["str"] > 900


def test_one_container_larger_than_a_chunk_is_counted_whole() -> None:
    heap = [Untracked() for _ in range(20_000)]
    assert objects_of(Untracked, count_heap().types()) == len(heap)


def test_types_of_one_name_are_added_up() -> None:
    first, second = (type("Same", (), {"__module__": "same_name_twice"}) for _ in range(2))
    heap = [first(), second(), second()]
    assert objects_of(first, count_heap().types()) == len(heap)


def test_modules_hold_what_types_hold() -> None:
    totals = count_heap()
    assert sum(count.objects for count in totals.modules()) == sum(count.objects for count in totals.types())
    assert sum(count.size_bytes for count in totals.modules()) == sum(count.size_bytes for count in totals.types())
    sizes = [count.size_bytes for count in totals.types()]
    assert sizes == sorted(sizes, reverse=True)


def test_no_special_method_of_objects_or_their_types_runs() -> None:
    ran: list[str] = []
    is_armed = False

    def trap(name: str) -> Callable[..., Any]:
        def method(*_args: object, **_options: object) -> Any:
            if is_armed:
                ran.append(name)
                raise RuntimeError(name)
            if name == "__getattribute__":
                return object.__getattribute__(*_args)
            return type.__hash__(_args[0]) if name == "__hash__" else None  # type: ignore[arg-type]

        return method

    traps: dict[str, Any] = {name: trap(name) for name in SPECIAL_METHODS}
    without = {name: method for name, method in traps.items() if name not in {"__getattribute__", "__del__"}}
    meta = type("Meta", (type,), {**without, "__hash__": lambda cls: ran.append("hash") if is_armed else 1})
    kinds = [
        type.__call__(
            meta, "Hostile", (base,), {**traps, "__class__": property(traps["__call__"]), "__module__": "hostile"}
        )
        for base in (object, list, dict, int, str)
    ]
    heap = [type.__call__(kind) for kind in kinds for _ in range(10)]
    is_armed = True
    types = count_heap().types()
    is_armed = False
    assert ran == []
    assert [count.objects for count in types if count.name == "hostile.Hostile"] == [len(heap)]


def test_what_stands_in_for_another_object_is_counted_as_what_it_is() -> None:
    kind = own_type(__class__=property(lambda self: dict))
    target = kind()
    stand_ins = [weakref.proxy(target), kind()]
    assert isinstance(stand_ins[1], dict)
    assert objects_of(kind, count_heap().types()) == 2


def test_nothing_is_kept_alive_afterwards() -> None:
    kind = own_type()
    held = kind()
    watched = weakref.ref(held)
    watched_type = weakref.ref(kind)
    totals = count_heap()
    assert objects_of(kind, totals.types()) == 1
    del held, kind, totals
    gc.collect()
    assert watched() is None
    assert watched_type() is None


def test_no_garbage_collection_is_run() -> None:
    collections: list[str] = []

    def watch(phase: str, _info: dict[str, int]) -> None:
        collections.append(phase)

    gc.disable()
    gc.callbacks.append(watch)
    try:
        count_heap()
    finally:
        gc.callbacks.remove(watch)
        gc.enable()
    assert collections == []


def test_frozen_objects_are_counted() -> None:
    tracked = own_type()
    Kept.heap = [tracked() for _ in range(1000)] + [{"a": [(Untracked(),)]} for _ in range(1000)]
    later = own_type()
    gc.freeze()
    try:
        after_freezing = [later() for _ in range(10)]
        types = count_heap().types()
    finally:
        gc.unfreeze()
        Kept.heap = []
    assert objects_of(tracked, types) == 1000
    assert objects_of(Untracked, types) == 1000
    assert objects_of(later, types) == len(after_freezing)


def test_frozen_objects_with_only_a_weak_reference_in_reach_are_counted() -> None:
    kind = own_type()
    hidden: list[Any] = [kind()]
    Kept.heap = [weakref.ref(hidden[0])]
    gc.freeze()
    try:
        assert objects_of(kind, count_heap().types()) == 1
    finally:
        gc.unfreeze()
        Kept.heap = []


@pytest.fixture
def busy_thread() -> Iterator[Callable[[], Any]]:
    """A bot that changes its heap all the time."""
    stop = threading.Event()

    def work() -> None:
        kept: dict[int, object] = {}
        number = 0
        while not stop.is_set():
            number += 1
            kept[number % 997] = [object(), {"a": (number, str(number))}]
            kept.pop((number * 7) % 997, None)

    thread = threading.Thread(target=work)
    thread.start()
    yield work
    stop.set()
    thread.join()


def test_a_heap_that_changes_meanwhile_is_counted_all_the_same(busy_thread: Callable[[], Any]) -> None:
    kind = own_type()
    heap = [kind() for _ in range(2000)]
    assert objects_of(kind, count_heap().types()) == len(heap)


GRAPHS = st.lists(
    st.tuples(
        st.sampled_from(["plain", "slotted", "empty", "list", "dict", "tuple", "weak"]),
        st.lists(st.integers(0, 200), max_size=6),
    ),
    min_size=1,
    max_size=200,
)


@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate], database=None)
@given(GRAPHS)
def test_any_graph_of_objects_is_counted_exactly(recipe: list[tuple[str, list[int]]]) -> None:
    kinds: dict[str, Any] = {
        "plain": own_type(),
        "slotted": own_type(__slots__=("edges", "__weakref__")),
        "empty": msgspec.defstruct("Own", [], gc=False, module=f"own{next(NUMBERS)}"),
        "list": own_type(list),
        "dict": own_type(dict),
        "tuple": own_type(tuple, __slots__=()),
        "weak": own_type(weakref.ref, __slots__=()),
    }
    target = set[int]()
    nodes: list[Any] = []
    for name, edges in recipe:
        led_to = [nodes[edge % len(nodes)] for edge in edges] if nodes else []
        node = kinds[name](target) if name == "weak" else kinds[name](led_to) if name == "tuple" else kinds[name]()
        if name in {"plain", "slotted"}:
            node.edges = [*led_to, node]
        elif name == "list":
            node.extend([*led_to, node])
        elif name == "dict":
            node.update(enumerate([*led_to, node]))
        nodes.append(node)
    (native,) = engine_named("inline").engines
    for types in (count_heap().types(), native.count().types):
        for name, kind in kinds.items():
            assert objects_of(kind, types) == sum(1 for made, _ in recipe if made == name)


def test_what_the_collector_tracks_is_told() -> None:
    kept = [[] for _ in range(20_000)]
    before = len(gc.get_objects())
    told = count_heap().tracked_objects
    assert told is not None
    assert abs(told - before) < 1_000
    assert len(kept) == 20_000
