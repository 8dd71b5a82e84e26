"""What the last good census found: objects by type and by module, and the totals."""

import threading
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.growth import TypeSlots
from botvitals_exporter.collectors.slots import MODULE_SLOTS, OTHER, TYPE_SLOTS, Row, Slots, sum_rest
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import CensusReading, CensusStatus, ModuleCount, TypeCount

TYPE_OBJECTS = Metric(PREFIX + "objects", "gauge", mark("Python objects by type"), labels=("type",))
TYPE_BYTES = Metric(
    PREFIX + "object_bytes",
    "gauge",
    mark("Shallow size of Python objects by type, in bytes"),
    unit="bytes",
    labels=("type",),
)
MODULE_OBJECTS = Metric(
    PREFIX + "module_objects",
    "gauge",
    mark("Python objects by the top-level module of their type"),
    labels=("module",),
)
MODULE_BYTES = Metric(
    PREFIX + "module_object_bytes",
    "gauge",
    mark("Shallow size of Python objects by the top-level module of their type, in bytes"),
    unit="bytes",
    labels=("module",),
)
MODULE_OWNED = Metric(
    PREFIX + "module_owned_bytes",
    "gauge",
    mark("Size of what a top-level module owns: its classes' objects and what only they reach, in bytes (--owners)"),
    unit="bytes",
    labels=("module",),
)
HEAP_OBJECTS = Metric(PREFIX + "heap_objects", "gauge", mark("Python objects in all"))
HEAP_BYTES = Metric(
    PREFIX + "heap_object_bytes",
    "gauge",
    mark("Shallow size of all Python objects, in bytes"),
    unit="bytes",
)
UNEXPLAINED = Metric(
    PREFIX + "unexplained_memory_bytes",
    "gauge",
    mark("Anonymous memory and swap less the bytes of Python objects, all read at the census, in bytes"),
    unit="bytes",
)


class HeapCollector:
    """Publishes the last good census; without one, for as long as it is fresh, nothing.

    `say` gets one line, once, when types or modules had to be summed. The families are made once for each
    census and served by every scrape until the next.
    """

    name = "heap"
    metrics = (
        TYPE_OBJECTS,
        TYPE_BYTES,
        MODULE_OBJECTS,
        MODULE_BYTES,
        MODULE_OWNED,
        HEAP_OBJECTS,
        HEAP_BYTES,
        UNEXPLAINED,
    )

    def __init__(self, status: Callable[[], CensusStatus], say: Callable[[str], None]) -> None:
        self._status = status
        self._say = say
        self._has_said_summed = False
        self._lock = threading.Lock()
        self._type_slots = TypeSlots()
        self._module_slots = Slots(MODULE_SLOTS)
        self._owner_slots = Slots(MODULE_SLOTS)
        self._taken: CensusReading | None = None
        self._families: tuple[Family, ...] = ()

    @property
    def up(self) -> bool | None:
        """Whether there is a good census that is fresh; None before the first was tried."""
        status = self._status()
        return status.last is not None if any(status.outcomes.values()) else None

    @property
    def duration_seconds(self) -> float:
        """How long the last good census took."""
        last = self._status().last
        return 0.0 if last is None else last.duration_seconds

    def take(self, census: CensusReading) -> tuple[Family, ...]:
        """Return the families of `census`; a new one moves the slots and the growth of types on.

        Called with each census by the thread that takes it, so that growth is known before the first scrape.
        """
        with self._lock:
            if census is not self._taken:
                types = _rows(census.types)
                modules = _rows(census.modules)
                type_sizes = {name: row[1] for name, row in types.items()}
                chosen_types = self._type_slots.choose(type_sizes, census.time_seconds)
                chosen_modules = self._module_slots.choose({name: row[1] for name, row in modules.items()})
                self._families = (
                    *_families(census, sum_rest(types, chosen_types), sum_rest(modules, chosen_modules)),
                    *self._owned(census),
                )
                self._taken = census
                is_summed = len(types) > len(chosen_types) or len(modules) > len(chosen_modules)
                is_news = is_summed and not self._has_said_summed
                self._has_said_summed |= is_summed
            else:
                is_news = False
            families = self._families
        if is_news:
            text = _("metrics: beyond {types} types and {modules} modules, the rest is summed as {other}")
            self._say(text.format(other=OTHER, types=TYPE_SLOTS, modules=MODULE_SLOTS))
        return families

    def _owned(self, census: CensusReading) -> Iterable[Family]:
        if census.owners is None:
            return
        sizes = {name: (size_bytes,) for name, (_objects, size_bytes) in _rows(census.owners.modules).items()}
        chosen = self._owner_slots.choose({name: size for name, (size,) in sizes.items()})
        yield MODULE_OWNED.family(((name,), size) for name, (size,) in sum_rest(sizes, chosen).items())

    def collect(self) -> Iterable[Family]:
        """Return the families of the last good census."""
        last = self._status().last
        return () if last is None else self.take(last)


def _rows(counts: Sequence[TypeCount | ModuleCount]) -> dict[str, Row]:
    """Return objects and bytes by name; two classes may share one name."""
    rows: dict[str, Row] = {}
    for count in counts:
        objects, size = rows.get(count.name, (0, 0))
        rows[count.name] = (objects + count.objects, size + count.size_bytes)
    return rows


def _families(census: CensusReading, types: dict[str, Row], modules: dict[str, Row]) -> tuple[Family, ...]:
    return (
        TYPE_OBJECTS.family(((name,), row[0]) for name, row in types.items()),
        TYPE_BYTES.family(((name,), row[1]) for name, row in types.items()),
        MODULE_OBJECTS.family(((name,), row[0]) for name, row in modules.items()),
        MODULE_BYTES.family(((name,), row[1]) for name, row in modules.items()),
        HEAP_OBJECTS.value(census.objects),
        HEAP_BYTES.value(census.size_bytes),
        UNEXPLAINED.value(census.unexplained_bytes),
    )
