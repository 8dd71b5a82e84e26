"""What the sources saw: frozen data that collectors, recorders, the screen and the plot all share.

Memory is in bytes, durations are in seconds, moments are in seconds since the epoch. A field that the platform does not
tell is None; a mapping that it does not fill is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from botvitals_exporter.histogram import HistogramReading

MemoryKind = Literal["anonymous", "file", "shared", "swap"]
MEMORY_KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)

CensusOutcome = Literal["ok", "no_memory", "clone_failed", "deadline", "unsupported", "error"]
CENSUS_OUTCOMES: tuple[CensusOutcome, ...] = get_args(CensusOutcome)


@dataclass(frozen=True, slots=True)
class ProcessReading:
    """The bot's process; `memory_ratio` is RSS over the machine's memory, `memory_by_kind` what RSS consists of."""

    pid: int
    resident_memory_bytes: int
    virtual_memory_bytes: int
    memory_ratio: float
    memory_by_kind: Mapping[MemoryKind, int]
    threads: int | None
    open_fds: int | None
    start_time_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class ChildReading:
    """One child of the bot: `role` is its stable name, `command` its first three arguments, free of secrets."""

    pid: int
    role: str
    name: str
    command: str
    resident_memory_bytes: int
    virtual_memory_bytes: int


@dataclass(frozen=True, slots=True)
class RoleReading:
    """The children of one role, added up."""

    processes: int
    resident_memory_bytes: int
    virtual_memory_bytes: int


@dataclass(frozen=True, slots=True)
class ChildrenReading:
    """The bot's children, theirs and so on, largest RSS first."""

    children: tuple[ChildReading, ...]

    @property
    def resident_memory_bytes(self) -> int:
        """RSS of all children together; pages that they share count once for each."""
        return sum(child.resident_memory_bytes for child in self.children)

    def by_role(self) -> dict[str, RoleReading]:
        """Return the children added up by role, largest RSS first."""
        roles: dict[str, RoleReading] = {}
        for child in self.children:
            so_far = roles.get(child.role, RoleReading(0, 0, 0))
            roles[child.role] = RoleReading(
                so_far.processes + 1,
                so_far.resident_memory_bytes + child.resident_memory_bytes,
                so_far.virtual_memory_bytes + child.virtual_memory_bytes,
            )
        return dict(sorted(roles.items(), key=lambda item: -item[1].resident_memory_bytes))


@dataclass(frozen=True, slots=True)
class MemoryLimitReading:
    """The smallest limit that holds for the bot, and its control group's own use and out-of-memory kills."""

    limit_bytes: int
    cgroup_memory_bytes: int | None
    oom_kills: int | None


@dataclass(frozen=True, slots=True)
class AllocatorReading:
    """What glibc's malloc holds: in use, and freed by the program but kept by malloc."""

    used_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class ThreadReading:
    """One thread of `threading.enumerate()`."""

    name: str
    daemon: bool
    alive: bool


@dataclass(frozen=True, slots=True)
class ThreadsReading:
    """The bot's Python threads."""

    threads: tuple[ThreadReading, ...]


@dataclass(frozen=True, slots=True)
class GenerationReading:
    """One generation of the garbage collector since the interpreter started (`gc.get_stats()`)."""

    collections: int
    collected_objects: int
    uncollectable_objects: int


@dataclass(frozen=True, slots=True)
class GarbageCollectorReading:
    """The garbage collector: a reading a generation, what it tracks now, `len(gc.garbage)`, and its pauses so far.

    `pauses` has a histogram a generation in the order of `generations`; it is empty where nobody watched them.
    """

    generations: tuple[GenerationReading, ...]
    tracked_objects: int
    garbage_objects: int
    pauses: tuple[HistogramReading, ...] = ()


@dataclass(frozen=True, slots=True)
class EventLoopReading:
    """The asyncio event loops: how late they ran so far, and their tasks that are not done.

    `lag` is None where no loop has run yet, `tasks` where none runs now.
    """

    lag: HistogramReading | None
    tasks: int | None


@dataclass(frozen=True, slots=True)
class TypeCount:
    """The objects of one type; `name` is `dict` for a built-in, else `package.module.Class`; shallow sizes."""

    name: str
    objects: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ModuleCount:
    """The objects whose type's `__module__` begins with the top-level package `name`; shallow sizes."""

    name: str
    objects: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class OwnersReading:
    """Who owns what, largest first: each with what only it reaches over objects that are nobody's own.

    `classes` are those whose instances own: their objects are the instances and what these alone hold. `modules` are
    top-level packages, with their classes' instances, their namespaces, classes and functions, and what these alone
    hold; an object that nobody owns alone is with its type's module, so that the sizes add up to the heap's.
    """

    classes: tuple[TypeCount, ...]
    modules: tuple[ModuleCount, ...]


@dataclass(frozen=True, slots=True)
class CensusReading:
    """Every object on the heap, by type and by module, each largest first and complete.

    `pause_seconds` is how long the bot stood still for it, `duration_seconds` how long it took from first to last, and
    `cpu_seconds` the processor time it cost. `unexplained_bytes` is anonymous memory and swap at the census less the
    objects' bytes, `tracked_objects` how many of the objects the garbage collector tracks, `owners` who owns what,
    None where that was not asked for.
    """

    engine: str
    time_seconds: float
    pause_seconds: float
    duration_seconds: float
    cpu_seconds: float
    types: tuple[TypeCount, ...]
    modules: tuple[ModuleCount, ...]
    unexplained_bytes: int | None = None
    tracked_objects: int | None = None
    owners: OwnersReading | None = None

    @property
    def objects(self) -> int:
        """How many objects there are in all."""
        return sum(count.objects for count in self.types)

    @property
    def size_bytes(self) -> int:
        """How many bytes they take, shallow sizes added up."""
        return sum(count.size_bytes for count in self.types)


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """What one interval of `monitor` saw: the bot from outside. `iteration` counts from 1."""

    iteration: int
    time_seconds: float
    process: ProcessReading
    children: ChildrenReading
    limit: MemoryLimitReading | None = None


@dataclass(frozen=True, slots=True)
class HeapReport:
    """What one interval of `objects` saw: a census with what surrounds it. `iteration` counts censuses from 1."""

    iteration: int
    time_seconds: float
    census: CensusReading
    threads: ThreadsReading
    garbage_collector: GarbageCollectorReading
    process: ProcessReading | None = None
    children: ChildrenReading | None = None
    limit: MemoryLimitReading | None = None


@dataclass(frozen=True, slots=True)
class CensusStatus:
    """The census as its collector publishes it: the last good one and what became of all.

    `last` is None before the first good census and from three intervals after the last one on. `outcomes` counts
    censuses by engine and outcome.
    """

    last: CensusReading | None
    last_success_seconds: float | None
    interval_seconds: float
    outcomes: Mapping[tuple[str, CensusOutcome], int]
    pauses: HistogramReading = field(repr=False)


@dataclass(frozen=True, slots=True)
class OperationsReading:
    """The bot's timers, under names that are ready to be labels and bounded in number.

    `durations` is by operation and outcome, `segments` by operation and checkpoint; a segment is the time since the
    mark before. `in_progress` and `abandoned` are by operation. `is_summed` says that some names were summed into
    `__other__`.
    """

    durations: Mapping[tuple[str, str], HistogramReading]
    segments: Mapping[tuple[str, str], HistogramReading]
    in_progress: Mapping[str, int]
    abandoned: Mapping[str, int]
    is_summed: bool = False
