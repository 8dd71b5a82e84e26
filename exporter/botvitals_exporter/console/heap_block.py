"""The block that `objects` shows each interval: the bot's heap from inside."""

import time
from collections.abc import Iterator

from rich.text import Text

from botvitals.language import gettext as _
from botvitals.language import ngettext
from botvitals.redaction import redact
from botvitals_exporter.console.changes_table import changes_table
from botvitals_exporter.console.layout import (
    HEADING,
    WIDTH,
    join_lines,
    megabytes,
    printable,
    rule,
    shorten,
    three_columns,
)
from botvitals_exporter.heap_changes import ChangesReading
from botvitals_exporter.readings import (
    GarbageCollectorReading,
    HeapReport,
    ModuleCount,
    OwnersReading,
    ThreadsReading,
    TypeCount,
)
from botvitals_exporter.type_label import type_label

THREADS_SHOWN = 20
THREAD_NAME_CELLS = 60


def heap_block(report: HeapReport, *, limit: int, changes: ChangesReading | None, width: int = WIDTH) -> Text:
    """Return what one interval of `objects` saw: the `limit` largest types and as many modules, `width` cells wide.

    `changes` is what changed since an earlier census, at the intervals that show it.
    """
    census = report.census
    return join_lines(
        [
            rule(width=width),
            Text("🔍 " + _title(report), style=HEADING),
            rule(width=width),
            Text(),
            *_types(census.types, limit, width),
            Text(),
            *_modules(census.modules, limit, width),
            Text(),
            *(_owners(census.owners, limit, width) if census.owners else ()),
            *_threads(report.threads),
            Text(),
            *_garbage_collector(report.garbage_collector),
            Text(),
            Text("📊 " + _("Total objects: {number}").format(number=f"{census.objects:,}"), style=HEADING),
            *([Text(), *changes_table(changes, width=width)] if changes else []),
            rule(width=width),
        ]
    )


def _title(report: HeapReport) -> str:
    clock_time = time.strftime("%H:%M:%S", time.localtime(report.time_seconds))
    return _("Memory by object #{number} - {time}").format(number=report.iteration, time=clock_time)


def _types(types: tuple[TypeCount, ...], limit: int, width: int) -> Iterator[Text]:
    heading = ngettext("Objects (largest type):", "Objects (top {number} types):", limit)
    yield Text("📦 " + heading.format(number=limit), style=HEADING)
    yield Text()
    yield from three_columns(
        (_("Type"), _("Count"), _("Total size")),
        [
            (printable(type_label(count.name)), f"{count.objects:,}", megabytes(count.size_bytes))
            for count in types[:limit]
        ],
        width=width,
    )


def _modules(modules: tuple[ModuleCount, ...], limit: int, width: int) -> Iterator[Text]:
    heading = ngettext("Memory by module (largest module):", "Memory by module (top {number} modules):", limit)
    yield Text("📚 " + heading.format(number=limit), style=HEADING)
    yield Text()
    yield from three_columns(
        (_("Module"), _("Objects"), _("Total memory")),
        [(printable(count.name), f"{count.objects:,}", megabytes(count.size_bytes)) for count in modules[:limit]],
        width=width,
    )
    yield Text()
    yield Text("  " + _("Total modules: {number}").format(number=len(modules)))


def _owners(owners: OwnersReading, limit: int, width: int) -> Iterator[Text]:
    """Who owns what: the classes of the bot's and of its libraries, then modules, each with what only it reaches."""
    heading = ngettext("Owners (largest class):", "Owners (top {number} classes):", limit)
    yield Text("🏠 " + heading.format(number=limit), style=HEADING)
    yield Text()
    for name, counts in ((_("Class"), owners.classes), (_("Module"), owners.modules)):
        yield from three_columns(
            (name, _("Objects"), _("Owned memory")),
            [(printable(count.name), f"{count.objects:,}", megabytes(count.size_bytes)) for count in counts[:limit]],
            width=width,
        )
        yield Text()


def _threads(reading: ThreadsReading) -> Iterator[Text]:
    threads = reading.threads
    yield Text("🧵 " + _("Threads ({number}):").format(number=len(threads)), style=HEADING)
    for place, thread in enumerate(threads[:THREADS_SHOWN], start=1):
        state = "✓" if thread.alive else "✗"
        name = shorten(printable(redact(thread.name)), THREAD_NAME_CELLS)
        daemon = " " + _("(daemon)") if thread.daemon else ""
        yield Text(f"  [{place}] {state} {name}{daemon}")
    more = len(threads) - THREADS_SHOWN
    if more > 0:
        yield Text("  ... " + ngettext("{number} more thread", "{number} more threads", more).format(number=more))


def _garbage_collector(reading: GarbageCollectorReading) -> Iterator[Text]:
    yield Text("🗑️  " + _("Garbage collection:"), style=HEADING)
    for number, generation in enumerate(reading.generations):
        line = ngettext(
            "Generation {number}: collected {times} time",
            "Generation {number}: collected {times} times",
            generation.collections,
        )
        yield Text("  " + line.format(number=number, times=f"{generation.collections:,}"))
    yield Text("  " + _("Tracked objects: {number}").format(number=f"{reading.tracked_objects:,}"))
