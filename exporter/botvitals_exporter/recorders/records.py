"""What one interval leaves in a recording: a report as a JSON object.

The keys of `objects` are those of the recordings that readers already know; what came later stands beside them.
`process` has the same shape in the recordings of both verbs; it lacks `children` where they could not be read.
Memory is in bytes, durations are in seconds.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from botvitals.redaction import redact
from botvitals_exporter.heap_changes import ChangesReading
from botvitals_exporter.readings import (
    CensusReading,
    ChildrenReading,
    GarbageCollectorReading,
    HeapReport,
    MemoryLimitReading,
    ModuleCount,
    OwnersReading,
    ProcessReading,
    ProcessReport,
    RoleReading,
    ThreadReading,
    TypeCount,
)
from botvitals_exporter.type_label import type_label

Record = dict[str, Any]

SCHEMA = 1
RECORD_LIMIT = 200
ROLE_LIMIT = 20
OTHER = "other"


def process_record(report: ProcessReport) -> Record:
    """Return what `monitor` saw in one interval as a JSON object."""
    return {
        **_head(report),
        "process": _process(report.process, report.children, report.limit),
    }


def heap_record(
    report: HeapReport,
    *,
    shown: int,
    limit: int = RECORD_LIMIT,
    changes: ChangesReading | None = None,
) -> Record:
    """Return what `objects` saw in one interval as a JSON object.

    `summary` holds the `limit` largest types and every type that the screen shows: the `shown` largest and those in
    `changes`. `top_modules` holds as many modules. Each ends with a row `other` for the rest where there is one, so
    that the sizes add up.
    """
    census = report.census
    rows = max(shown, limit)
    changed = {change.name for change in changes.changes} if changes else set()
    types = [count for place, count in enumerate(census.types) if place < rows or count.name in changed]
    return {
        **_head(report),
        "total_objects": census.objects,
        "total_bytes": census.size_bytes,
        "threads": [_thread(thread) for thread in report.threads.threads],
        "gc_stats": _garbage_collector(report.garbage_collector),
        "summary": [
            {"type": name, "count": objects, "size": size_bytes}
            for name, objects, size_bytes in (
                *((_well_formed(type_label(count.name)), count.objects, count.size_bytes) for count in types),
                *_rest(census.types, types),
            )
        ],
        "module_stats": {
            "top_modules": _top(census.modules, rows),
            "total_modules": len(census.modules),
        },
        **({"owners": _owners(census.owners, rows)} if census.owners else {}),
        "process": report.process and _process(report.process, report.children, report.limit),
        "census": _census(census),
    }


def _head(report: ProcessReport | HeapReport) -> Record:
    return {
        "schema": SCHEMA,
        "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(report.time_seconds)),
        "time_seconds": report.time_seconds,
        "iteration": report.iteration,
    }


def _process(
    process: ProcessReading,
    children: ChildrenReading | None,
    limit: MemoryLimitReading | None,
) -> Record:
    return {
        "pid": process.pid,
        "resident_memory_bytes": process.resident_memory_bytes,
        "virtual_memory_bytes": process.virtual_memory_bytes,
        "memory_ratio": process.memory_ratio,
        "memory_by_kind": dict(process.memory_by_kind),
        "threads": process.threads,
        "open_fds": process.open_fds,
        "start_time_seconds": process.start_time_seconds,
        "cpu_seconds": process.cpu_seconds,
        "limit_bytes": limit and limit.limit_bytes,
        "cgroup_memory_bytes": limit and limit.cgroup_memory_bytes,
        "oom_kills": limit and limit.oom_kills,
        **({"children": _children(children)} if children else {}),
    }


def _children(children: ChildrenReading) -> list[Record]:
    rows: dict[str, RoleReading] = {}
    for place, (role, reading) in enumerate(children.by_role().items()):
        # Two roles may differ in their secrets alone.
        name = _clean(role) if place < ROLE_LIMIT else OTHER
        so_far = rows.get(name, RoleReading(0, 0, 0))
        rows[name] = RoleReading(
            so_far.processes + reading.processes,
            so_far.resident_memory_bytes + reading.resident_memory_bytes,
            so_far.virtual_memory_bytes + reading.virtual_memory_bytes,
        )
    return [{"role": name, **asdict(row)} for name, row in rows.items()]


def _thread(thread: ThreadReading) -> Record:
    return {"name": _clean(thread.name), "daemon": thread.daemon, "alive": thread.alive}


def _garbage_collector(reading: GarbageCollectorReading) -> Record:
    return {
        "collections": [generation.collections for generation in reading.generations],
        "garbage": reading.garbage_objects,
        "tracked": reading.tracked_objects,
    }


def _census(census: CensusReading) -> Record:
    return {
        "engine": census.engine,
        "time_seconds": census.time_seconds,
        "pause_seconds": census.pause_seconds,
        "duration_seconds": census.duration_seconds,
        "cpu_seconds": census.cpu_seconds,
        "unexplained_bytes": census.unexplained_bytes,
    }


def _owners(owners: OwnersReading, rows: int) -> Record:
    return {"top_classes": _top(owners.classes, rows), "top_modules": _top(owners.modules, rows)}


def _top(everything: Sequence[TypeCount | ModuleCount], rows: int) -> list[list[Any]]:
    # What is really called so goes into the rest: two rows of one name would hide one another.
    largest = [count for count in everything[:rows] if count.name != OTHER]
    return [
        *([_well_formed(count.name), count.objects, count.size_bytes] for count in largest),
        *(list(row) for row in _rest(everything, largest)),
    ]


def _rest(
    everything: Sequence[TypeCount | ModuleCount], recorded: Sequence[TypeCount | ModuleCount]
) -> Iterable[tuple[str, int, int]]:
    if len(recorded) < len(everything):
        objects = sum(count.objects for count in everything) - sum(count.objects for count in recorded)
        size_bytes = sum(count.size_bytes for count in everything) - sum(count.size_bytes for count in recorded)
        yield OTHER, objects, size_bytes


def _clean(text: str) -> str:
    return _well_formed(redact(text))


def _well_formed(text: str) -> str:
    """Return `text` without lone surrogates, on which strict JSON readers fail."""
    return text.encode("utf-8", "replace").decode("utf-8")
