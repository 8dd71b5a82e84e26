"""Heaps whose objects, classes and names are made to be tripped over: nothing of theirs runs in any engine."""

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_clones import run_bot

ENGINES = [
    "inline",
    "python",
    "owners",
    pytest.param("snapshot", marks=pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")),
]

# Whatever of these methods runs, in the bot or in a copy of it, leaves a line in the file that is named first.
HOSTILE = """
import atexit, gc, os, sys, weakref
from botvitals_exporter.sources.census.inline import PythonEngine
path, name = sys.argv[1:]
engine = {"snapshot": snapshot, "inline": inline, "python": PythonEngine(),
          "owners": InlineEngine(core, owners=True)}[name]
armed = []
def trap(name):
    def method(*arguments, **options):
        if armed:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(descriptor, name.encode() + b"\\n")
            os.close(descriptor)
            raise RuntimeError(name)
        if name == "__hash__":
            return hash("__sizeof__")
        if name == "__getattribute__":
            return object.__getattribute__(*arguments)
        if name == "mro":
            return type.mro(*arguments)
        return NotImplemented
    return method
NAMES = (
    "__getattribute__", "__getattr__", "__repr__", "__str__", "__eq__", "__hash__", "__bool__", "__len__", "__iter__",
    "__sizeof__", "__del__", "__call__", "__format__", "__lt__", "__contains__", "__getitem__", "__instancecheck__",
    "__subclasscheck__", "__reduce_ex__", "__dir__", "__index__", "__int__", "__next__", "__missing__", "__get__",
)
traps = {name: trap(name) for name in NAMES}
of_meta = {name: method for name, method in traps.items() if name not in {"__getattribute__", "__call__", "__get__"}}
meta = type("Meta", (type,), {**of_meta, "mro": trap("mro"), "__class__": property(trap("__class__"))})
make = type.__call__
bases = (object, list, dict, set, frozenset, tuple, int, str, bytes, float, BaseException, weakref.ref)
kinds = [
    make(meta, "Hostile", (base,), {
        **traps, "__class__": property(trap("__class__")), "__dict__": property(trap("__dict__")),
        "__module__": "hostile", "__name__": property(trap("__name__")),
    })
    for base in bases
]
target = {1}
heap = [
    kind.__new__(kind, *((target,) if base is weakref.ref else ()))
    for base, kind in zip(bases, kinds) for _ in range(7)
]
"""

COUNT = """
gc.collect()
atexit.register(lambda: armed and trap("atexit")())
armed.append(1)
try:
    counts = {row.name: row.objects for row in engine.count().types}
finally:
    armed.clear()
print(counts.get("hostile.Hostile"), len(heap), os.path.exists(path))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_no_special_method_runs_anywhere_and_every_object_is_counted(engine: str, tmp_path: object) -> None:
    assert run_bot(HOSTILE + COUNT, f"{tmp_path}/ran", engine) == "84 84 False\n"


# A namespace may hold keys that are no plain texts, and compare themselves with what is looked for.
HOSTILE_KEYS = """
Key = type("Key", (str,), {
    "__eq__": trap("__eq__"), "__hash__": lambda self: trap("__hash__")() if armed else str.__hash__(self),
})
class Other:
    def __init__(self, name):
        self.like = hash(name)
    def __hash__(self):
        return trap("__hash__")() if armed else self.like
    __eq__ = trap("__eq__")
def namespace(*names):
    return {Other(name): 1 for name in names} | {Key(name): 1 for name in names if name != "__module__"}
def make_class():
    made = type("Keyed", (), {})
    own = next(each for each in gc.get_referents(made) if type(each) is dict and "__weakref__" in each)
    del own["__module__"]
    own.update(namespace("__sizeof__", "__name__", "__qualname__", "__module__", "__dict__"))
    own["__module__"] = "hostile"
    return made
keyed = [kind() for kind in (make_class() for _ in range(3)) for _ in range(5)]
import types
module = types.ModuleType("hostile_module")
module.__dict__.update(namespace("__file__", "__spec__", "__dict__"))
sys.modules["hostile_module"] = module
"""

COUNT_KEYED = COUNT.replace(
    "print(",
    "sys.modules.pop('hostile_module')\nkeyed_counts = counts.get('hostile.Keyed')\nprint(keyed_counts, len(keyed), ",
)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_key_of_a_namespace_is_asked_whether_it_equals_anything(engine: str, tmp_path: object) -> None:
    said = run_bot(HOSTILE + HOSTILE_KEYS + COUNT_KEYED, f"{tmp_path}/ran", engine)
    assert said == "15 15 84 84 False\n"


FINALIZERS = """
import asyncio
class Own:
    def __del__(self):
        trap("__del__")()
gone = weakref.WeakSet()
def plant():
    for _ in range(100):
        own = Own()
        own.itself = own
        gone.add(own)
gc.disable()
plant()
heap = [Own() for _ in range(84)]
finalizers = [weakref.finalize(own, trap("finalize")) for own in heap]
references = [weakref.ref(own, trap("callback")) for own in heap]
Hostile = type("Hostile", (Own,), {"__module__": "hostile"})
heap = [Hostile() for _ in range(84)] + heap
gc_before = gc.get_count(), gc.get_stats()
counts_of_references = [sys.getrefcount(own) for own in heap]
armed.append(1)
try:
    counts = {row.name: row.objects for row in engine.count().types}
    still = [sys.getrefcount(own) for own in heap] == counts_of_references
    cycles = len(gone)
    collections = [each["collections"] for each in gc.get_stats()] == [each["collections"] for each in gc_before[1]]
finally:
    armed.clear()
print(counts["hostile.Hostile"], counts["__main__.Own"], cycles, still, collections, gc.isenabled(),
      os.path.exists(path))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_finalized_collected_or_held_by_a_census(engine: str, tmp_path: object) -> None:
    said = run_bot(HOSTILE + FINALIZERS, f"{tmp_path}/ran", engine)
    assert said == "84 184 100 True True False False\n"


ODD_NAMES = """
from random import Random
types = [
    type("a" * 5000, (), {"__module__": "long" * 1000}),
    type("龍 \\U0001f600" * 100, (), {"__module__": "é\\ud800" * 400}),
    type("Nothing", (), {"__module__": ""}), type("Number", (), {"__module__": 7}), type("", (), {}),
    type("Odd\\u1234", (), {"__module__": "zero\\0in the.middle\\ud800"}),
]
types[3].__qualname__ = "x" * 600 + ".<locals>." + "y"
heap = [kind() for kind in types for _ in range(84)]
tally = engine.count()
print(all(row.name for row in tally.types), sum(row.objects == 84 for row in tally.types) >= len(types))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_names_of_any_length_and_script_are_told(engine: str, tmp_path: object) -> None:
    assert run_bot(HOSTILE + ODD_NAMES, f"{tmp_path}/ran", engine) == "True True\n"


TOO_MANY_TYPES = """
kinds = [type(f"T{number}" + "n" * 500, (), {"__module__": f"m{number}" + "m" * 500}) for number in range(16_000)]
heap = [kind() for kind in kinds]
tally = engine.count()
rest = [row.objects for row in tally.types if row.name == "__other__"]
print(sum(row.objects for row in tally.types) > 2 * len(kinds), rest != [])
if tally.owners:
    assert any(row.name == "__other__" for row in tally.owners.modules)
    print(sum(row.objects for row in tally.owners.modules) == sum(row.objects for row in tally.types))
"""


@pytest.mark.parametrize(
    "name",
    ["inline", "owners", pytest.param("snapshot", marks=pytest.mark.skipif(not CLONES_HERE, reason="Linux alone"))],
)
def test_more_types_than_an_answer_has_room_for_are_summed(name: str, tmp_path: object) -> None:
    said = run_bot(HOSTILE + TOO_MANY_TYPES, f"{tmp_path}/ran", name)
    assert said == ("True True\nTrue\n" if name == "owners" else "True True\n")
