"""Who owns what: an object of a class of the bot's or a library's owns the built-in objects that it alone reaches."""

import asyncio
import functools
import itertools
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from botvitals_exporter.readings import OwnersReading
from botvitals_exporter.sources.census.engine import Tally
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.native import CLONES_HERE

NUMBERS = itertools.count()
MEGABYTE = 1 << 20
ENGINES = ["inline", *(["snapshot"] if CLONES_HERE else [])]


def counted(engine: str = "inline") -> Tally:
    (native,) = engine_named(engine, owners=True).engines
    return native.count()


def owners(engine: str = "inline") -> OwnersReading:
    found = counted(engine).owners
    assert found is not None
    return found


def class_bytes(kind: Any, found: OwnersReading) -> int:
    return sum(count.size_bytes for count in found.classes if count.name == f"{kind.__module__}.{kind.__qualname__}")


def module_bytes(name: str, found: OwnersReading) -> int:
    return sum(count.size_bytes for count in found.modules if count.name == name)


def own_class(module: str | None = None, **attributes: Any) -> Any:
    return type("Own", (), {"__module__": module or f"own{next(NUMBERS)}.part", **attributes})


def text(megabytes: int = 1) -> str:
    """A text that nobody else has."""
    return f"{next(NUMBERS)}" + "x" * megabytes * MEGABYTE


@pytest.fixture
def src() -> Iterator[Callable[[str], ModuleType]]:
    """Makes modules of one package, from their code."""
    package = f"src{next(NUMBERS)}"
    names: list[str] = []

    def make(code: str) -> ModuleType:
        names.append(f"{package}.part{len(names)}")
        module = ModuleType(names[-1])
        sys.modules[names[-1]] = module
        exec(code, vars(module))
        return module

    make.package = package  # type: ignore[attr-defined]
    yield make
    for name in names:
        del sys.modules[name]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_object_owns_its_dictionary_and_what_only_that_reaches(engine: str) -> None:
    kind = own_class()
    kept = kind()
    kept.history = [{"text": text()} for _ in range(10)]
    found = owners(engine)
    assert 10 * MEGABYTE < class_bytes(kind, found) < 10.1 * MEGABYTE
    assert module_bytes(kind.__module__.partition(".")[0], found) >= class_bytes(kind, found)


def test_the_sizes_of_all_modules_add_up_to_the_heap() -> None:
    tally = counted()
    assert tally.owners is not None
    for column in ("objects", "size_bytes"):
        in_all = sum(getattr(count, column) for count in tally.types)
        assert sum(getattr(count, column) for count in tally.owners.modules) == in_all


def test_what_two_classes_of_a_module_hold_is_the_modules() -> None:
    module = f"shared{next(NUMBERS)}"
    one, other = own_class(f"{module}.a"), own_class(f"{module}.b")
    first, second = one(), other()
    first.held = second.held = [text()]
    found = owners()
    assert max(class_bytes(one, found), class_bytes(other, found)) < MEGABYTE / 10
    assert MEGABYTE < module_bytes(module, found) < 1.1 * MEGABYTE


def test_what_two_modules_hold_is_nobodys_and_stays_with_its_own_type() -> None:
    one, other = own_class(), own_class()
    first, second = one(), other()
    first.held = second.held = [text(8)]
    found = owners()
    assert max(class_bytes(kind, found) for kind in (one, other)) < MEGABYTE / 10
    assert module_bytes("builtins", found) > 8 * MEGABYTE


@pytest.mark.parametrize(
    "code",
    [
        "CACHE = {number: str(number) * 1000 for number in range(2000)}",
        "CACHE = {str(number) * 1000: None for number in range(2000)}",
        "class Store:\n    cache = [str(number) * 1000 for number in range(2000)]",
        "def reply(texts=[str(number) * 1000 for number in range(2000)]): ...",
        "def make(kept):\n    return lambda: kept\nreply = make([str(number) * 1000 for number in range(2000)])",
    ],
    ids=["namespace", "keys", "class", "default", "closure"],
)
def test_a_module_owns_what_its_namespace_classes_and_functions_hold(
    code: str, src: Callable[[str], ModuleType]
) -> None:
    before = module_bytes(src.package, owners())  # type: ignore[attr-defined]
    src(code)
    held = module_bytes(src.package, owners())  # type: ignore[attr-defined]
    assert held - before > 6 * MEGABYTE


def test_a_coroutine_that_waits_owns_its_variables_for_its_module(src: Callable[[str], ModuleType]) -> None:
    module = src("async def serve(event):\n    kept = ['x' * 4_000_000]\n    await event.wait()\n    return kept\n")

    async def main() -> int:
        event = asyncio.Event()
        task = asyncio.ensure_future(module.serve(event))
        await asyncio.sleep(0)
        held = module_bytes(src.package, owners())  # type: ignore[attr-defined]
        event.set()
        await task
        return held

    assert asyncio.run(main()) > 4_000_000


def test_importing_a_module_or_wrapping_its_functions_takes_nothing_from_it(src: Callable[[str], ModuleType]) -> None:
    module = src("CACHE = {'kept': 'x' * 4_000_000}\ndef reply(): ...\n")
    library = own_class(imported=module, namespace=vars(module), function=module.reply)

    @functools.wraps(module.reply)
    def wrapper() -> None: ...

    kept = library()
    kept.namespace = vars(module)
    assert module_bytes(src.package, owners()) > 4_000_000  # type: ignore[attr-defined]
    assert wrapper.__module__ == module.__name__


@pytest.mark.parametrize(
    "make",
    [
        lambda held: deque([held]),
        lambda held: OrderedDict(a=held),
        lambda held: defaultdict(list, a=[held]),
        lambda held: Counter({held: 1}),
        lambda held: {frozenset({held})},
        lambda held: functools.partial(print, held),
        lambda held: iter([held]),
    ],
    ids=["deque", "OrderedDict", "defaultdict", "Counter", "frozenset", "partial", "iterator"],
)
def test_what_the_standard_library_carries_is_his_who_holds_it(make: Callable[[str], object]) -> None:
    kind = own_class()
    kept = kind()
    kept.held = make(text())
    assert class_bytes(kind, owners()) > MEGABYTE


def test_an_array_of_a_library_written_in_c_is_his_who_holds_it() -> None:
    kind = own_class()
    kept = kind()
    kept.held = [numpy.zeros(MEGABYTE, dtype="uint8")]
    assert class_bytes(kind, owners()) > MEGABYTE


def test_an_object_of_another_class_keeps_what_is_its_own() -> None:
    holder, library = own_class(), own_class()
    kept = holder()
    kept.held = [library() for _ in range(3)]
    for each in kept.held:
        each.body = text()
    found = owners()
    assert class_bytes(library, found) > 3 * MEGABYTE
    assert class_bytes(holder, found) < MEGABYTE / 10


def test_more_modules_than_are_kept_by_name_are_summed_and_the_sizes_still_add_up() -> None:
    kinds = [own_class(f"many{number}") for number in range(40_000)]
    kept = [kind() for kind in kinds[-10:]]
    tally = counted()
    assert tally.owners is not None
    assert len(kept) == 10
    assert 30_000 < len(tally.owners.modules) < 40_000
    assert "__other__" in {count.name for count in tally.owners.modules}
    assert sum(count.size_bytes for count in tally.owners.modules) == sum(count.size_bytes for count in tally.types)


def test_owners_are_told_only_where_they_are_asked_for() -> None:
    (native,) = engine_named("inline").engines
    assert native.count().owners is None
    with pytest.raises(ValueError, match="pympler"):
        engine_named("pympler", owners=True)


GRAPHS = st.lists(
    st.tuples(st.sampled_from(["a1", "a2", "b", "list"]), st.lists(st.integers(0, 100), max_size=4)),
    min_size=1,
    max_size=60,
)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate], database=None)
@given(GRAPHS)
def test_any_graph_is_owned_as_the_rule_says(recipe: list[tuple[str, list[int]]]) -> None:
    mark = next(NUMBERS)
    slots = {"__slots__": ("edges",)}
    kinds = {
        name: own_class(f"graph{mark}{name[0]}.{name}", **slots) for name in ("a1", "a2", "b")
    }  # a1 and a2 are of one module
    module = f"graph{mark}a"
    before = module_objects(module, owners())  # the classes themselves
    nodes: list[Any] = [[] if name == "list" else kinds[name]() for name, _edges in recipe]
    for node, (name, edges) in zip(nodes, recipe, strict=True):
        led_to = [nodes[edge % len(nodes)] for edge in edges]
        if name == "list":
            node.extend(led_to)
        else:
            node.edges = tuple(led_to)  # one more carrier, of this node alone
    owned, in_module = expected(recipe)
    found = owners()
    by_name = {count.name: count.objects for count in found.classes}
    for name, kind in kinds.items():
        assert by_name.get(f"{kind.__module__}.Own", 0) == owned[name]
    # Beside the objects of its classes a module owns what belongs to several of them.
    assert module_objects(module, found) - before == owned["a1"] + owned["a2"] + in_module


def module_objects(name: str, found: OwnersReading) -> int:
    return sum(count.objects for count in found.modules if count.name == name)


def expected(recipe: list[tuple[str, list[int]]]) -> tuple[Counter[str], int]:
    """By the rule alone: how many objects each class owns, and how many carriers belong to several of module `a`."""
    reached_by: list[set[str]] = [set() for _ in recipe]
    owned: Counter[str] = Counter()
    for name, edges in recipe:
        if name == "list":
            continue
        owned[name] += 2 if edges else 1  # itself and its tuple; the empty tuple is everybody's
        waiting = [edge % len(recipe) for edge in edges]
        while waiting:
            at = waiting.pop()
            if recipe[at][0] == "list" and name not in reached_by[at]:
                reached_by[at].add(name)
                waiting += [edge % len(recipe) for edge in recipe[at][1]]
    in_module = 0
    for kinds in reached_by:
        if len(kinds) == 1:
            owned[next(iter(kinds))] += 1
        in_module += kinds == {"a1", "a2"}
    return owned, in_module
