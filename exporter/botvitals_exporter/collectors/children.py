"""The bot's child processes, by role, and the whole tree."""

import threading
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.slots import OTHER, ROLE_SLOTS, Row, Slots, sum_rest
from botvitals_exporter.collectors.watched import WatchedCollector
from botvitals_exporter.metric import PREFIX, Metric
from botvitals_exporter.readings import ChildrenReading, ProcessReading
from botvitals_exporter.watch import Watch

PROCESSES = Metric(
    PREFIX + "child_processes",
    "gauge",
    mark("Child processes of the bot, theirs and so on"),
    labels=("role",),
)
RESIDENT_MEMORY = Metric(
    PREFIX + "child_resident_memory_bytes",
    "gauge",
    mark("Memory of the bot's child processes that is in RAM (RSS), in bytes"),
    unit="bytes",
    labels=("role",),
)
VIRTUAL_MEMORY = Metric(
    PREFIX + "child_virtual_memory_bytes",
    "gauge",
    mark("Address space of the bot's child processes (VMS), in bytes"),
    unit="bytes",
    labels=("role",),
)
TREE_RESIDENT_MEMORY = Metric(
    PREFIX + "tree_resident_memory_bytes",
    "gauge",
    mark("RSS of the bot and its child processes together; shared pages count once a process, in bytes"),
    unit="bytes",
)


class ChildrenCollector(WatchedCollector[ChildrenReading]):
    """Publishes the children by role, at most 20 of them, never by pid.

    `say` gets one line, once, when roles had to be summed.
    """

    name = "children"
    metrics = (PROCESSES, RESIDENT_MEMORY, VIRTUAL_MEMORY, TREE_RESIDENT_MEMORY)

    def __init__(
        self, process: Watch[ProcessReading], children: Watch[ChildrenReading], say: Callable[[str], None]
    ) -> None:
        super().__init__(children)
        self._process = process
        self._say = say
        self._said = False
        self._lock = threading.Lock()
        self._slots = Slots(ROLE_SLOTS)
        self._chosen_for: ChildrenReading | None = None
        self._rows: Mapping[str, Row] = {}

    def render(self, reading: ChildrenReading) -> Iterable[Family]:
        """Return the families of `reading`, and the tree's where the bot's own process was read."""
        rows = self._bounded(reading)
        process = self._process.last
        tree = None if process is None else process.resident_memory_bytes + reading.resident_memory_bytes
        return [
            PROCESSES.family(((role,), row[0]) for role, row in rows.items()),
            RESIDENT_MEMORY.family(((role,), row[1]) for role, row in rows.items()),
            VIRTUAL_MEMORY.family(((role,), row[2]) for role, row in rows.items()),
            TREE_RESIDENT_MEMORY.value(tree),
        ]

    def _bounded(self, reading: ChildrenReading) -> Mapping[str, Row]:
        # Slots change with a reading, not with a scrape, of which two may come at once.
        with self._lock:
            if reading is not self._chosen_for:
                rows = {
                    role: (read.processes, read.resident_memory_bytes, read.virtual_memory_bytes)
                    for role, read in reading.by_role().items()
                }
                self._rows = sum_rest(rows, self._slots.choose({role: row[1] for role, row in rows.items()}))
                self._chosen_for = reading
            is_first = OTHER in self._rows and not self._said
            self._said = self._said or is_first
        if is_first:
            self._say(
                _(
                    "More than {slots} roles of child processes: the smallest are summed as {other} in the metrics"
                ).format(slots=ROLE_SLOTS, other=OTHER)
            )
        return self._rows
