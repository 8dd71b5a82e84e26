"""Readings and reports for what shows and records them, with the numbers of a small bot unless told otherwise."""

from datetime import datetime

from botvitals_exporter.readings import (
    CensusReading,
    ChildReading,
    ChildrenReading,
    GarbageCollectorReading,
    GenerationReading,
    HeapReport,
    MemoryLimitReading,
    ModuleCount,
    OwnersReading,
    ProcessReading,
    ProcessReport,
    ThreadReading,
    ThreadsReading,
    TypeCount,
)

MB = 1024**2


def local_seconds(hour: int, minute: int, second: int) -> float:
    """The epoch seconds at which clocks here show this time on 2 January 2026."""
    return datetime(2026, 1, 2, hour, minute, second).timestamp()


def process_reading(*, rss_mb: float = 45.82, vms_mb: float = 12.34) -> ProcessReading:
    return ProcessReading(
        pid=12345,
        resident_memory_bytes=round(rss_mb * MB),
        virtual_memory_bytes=round(vms_mb * MB),
        memory_ratio=0.0025,
        memory_by_kind={"anonymous": 40 * MB, "file": 5 * MB},
        threads=4,
        open_fds=9,
        start_time_seconds=1_000.0,
        cpu_seconds=2.5,
    )


def child_reading(
    pid: int,
    rss_mb: float,
    command: str = "python.exe -m chromadb.server ...",
    *,
    name: str = "python.exe",
    role: str = "chromadb.server",
) -> ChildReading:
    return ChildReading(pid, role, name, command, round(rss_mb * MB), round(rss_mb * 2 * MB))


TWO_CHILDREN = (
    child_reading(12346, 520.15),
    child_reading(12347, 203.49, "python.exe -m uvicorn ...", role="uvicorn"),
)


def process_report(
    *,
    iteration: int = 1,
    rss_mb: float = 45.82,
    children: tuple[ChildReading, ...] = TWO_CHILDREN,
    limit: MemoryLimitReading | None = None,
) -> ProcessReport:
    return ProcessReport(
        iteration,
        local_seconds(14, 23, 15),
        process_reading(rss_mb=rss_mb),
        ChildrenReading(children),
        limit,
    )


def type_count(name: str, objects: int, size_mb: float) -> TypeCount:
    return TypeCount(name, objects, round(size_mb * MB))


def many_types(number: int) -> tuple[TypeCount, ...]:
    """Types `bot.Type0`, … , the n-th of n objects fewer and so many bytes fewer than the first: largest first."""
    return tuple(TypeCount(f"bot.Type{place}", 10_000 - place, 1_000_000 - place) for place in range(number))


def many_modules(number: int) -> tuple[ModuleCount, ...]:
    return tuple(ModuleCount(f"module{place}", 10_000 - place, 1_000_000 - place) for place in range(number))


OWNERS = OwnersReading(
    (type_count("bot.Session", 900_000, 61.5),),
    (ModuleCount("bot", 900_100, round(62.25 * MB)), ModuleCount("builtins", 4_321, round(1.5 * MB))),
)


def heap_report(
    *,
    iteration: int = 1,
    types: tuple[TypeCount, ...] = (type_count("dict", 125_843, 45.23), type_count("bot.Session", 442_047, 30)),
    modules: tuple[ModuleCount, ...] = (ModuleCount("builtins", 169_144, round(26.20 * MB)),),
    threads: tuple[ThreadReading, ...] = (
        ThreadReading("MainThread", daemon=False, alive=True),
        ThreadReading("AsyncOpenAIClient", daemon=True, alive=True),
    ),
    process: ProcessReading | None = None,
    children: ChildrenReading | None = None,
    limit: MemoryLimitReading | None = None,
    owners: OwnersReading | None = None,
) -> HeapReport:
    moment = local_seconds(14, 25, 30)
    return HeapReport(
        iteration,
        moment,
        CensusReading("inline", moment, 0.07, 1.8, 1.7, types, modules, 3 * MB, owners=owners),
        ThreadsReading(threads),
        GarbageCollectorReading(
            tuple(GenerationReading(collections, 0, 0) for collections in (1_234, 56, 3)),
            tracked_objects=456_789,
            garbage_objects=2,
        ),
        process,
        children,
        limit,
    )
