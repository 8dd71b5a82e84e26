"""The block that `monitor` shows each interval: the bot's process from outside."""

import time
from collections.abc import Iterator

from rich.text import Text

from botvitals.language import gettext as _
from botvitals.language import ngettext
from botvitals.redaction import redact
from botvitals_exporter.console.layout import (
    HEADING,
    WARNING,
    WIDTH,
    join_lines,
    megabytes,
    megabytes_more,
    printable,
    rule,
    shorten,
)
from botvitals_exporter.readings import ChildReading, ChildrenReading, ProcessReport

CHILDREN_SHOWN = 20
COMMAND_CELLS = 84  # 80 characters of a command, and the " ..." that says it was cut
NAME_CELLS = 40
FAST_GROWTH_BYTES = 10 * 1024**2
MUCH_MEMORY_BYTES = 1024**3


def process_block(report: ProcessReport, previous: ProcessReport | None, *, width: int = WIDTH) -> Text:
    """Return what one interval of `monitor` saw, compared with the interval before where there is one."""
    return join_lines(
        [
            rule(width=width),
            Text(_title(report), style=HEADING),
            *_process(report),
            *_children(report.children),
            *_changes(report, previous),
            rule(width=width),
        ]
    )


def _title(report: ProcessReport) -> str:
    clock_time = time.strftime("%H:%M:%S", time.localtime(report.time_seconds))
    return _("Checkpoint #{number} - {time}").format(number=report.iteration, time=clock_time)


def _process(report: ProcessReport) -> Iterator[Text]:
    process, children = report.process, report.children
    total_bytes = process.resident_memory_bytes + children.resident_memory_bytes
    yield Text(_("Bot process (PID: {pid})").format(pid=process.pid))
    yield Text(f"  RSS: {megabytes(process.resident_memory_bytes)}")
    yield Text(f"  VMS: {megabytes(process.virtual_memory_bytes)}")
    yield Text("  " + _("Share of memory: {percent}").format(percent=f"{process.memory_ratio:.2%}"))
    yield Text("  " + _("Child processes: {number}").format(number=len(children.children)))
    yield Text("  " + _("Memory of child processes: {size}").format(size=megabytes(children.resident_memory_bytes)))
    yield Text("  " + _("Total memory: {size}").format(size=megabytes(total_bytes)))


def _children(reading: ChildrenReading) -> Iterator[Text]:
    if not reading.children:
        return
    yield Text()
    yield Text("  📋 " + _("Child processes by memory:"), style=HEADING)
    for place, child in enumerate(reading.children[:CHILDREN_SHOWN], start=1):
        yield from _child(place, child)
    rest = reading.children[CHILDREN_SHOWN:]
    if rest:
        size = megabytes(sum(child.resident_memory_bytes for child in rest))
        more = ngettext("{number} more, {size}", "{number} more, {size} together", len(rest))
        yield Text("    ... " + more.format(number=len(rest), size=size))


def _child(place: int, child: ChildReading) -> Iterator[Text]:
    name = shorten(printable(redact(child.name)), NAME_CELLS)
    yield Text(f"    [{place}] PID {child.pid}: {name} - {megabytes(child.resident_memory_bytes)}")
    # A zombie and a process that may not be read have no command to show.
    if child.command:
        command = shorten(printable(redact(child.command)), COMMAND_CELLS)
        yield Text("        " + _("Command: {command}").format(command=command))


def _changes(report: ProcessReport, previous: ProcessReport | None) -> Iterator[Text]:
    now_bytes = report.process.resident_memory_bytes
    more_bytes = now_bytes - previous.process.resident_memory_bytes if previous else 0
    warnings = []
    if more_bytes > FAST_GROWTH_BYTES:
        warnings.append(_("Memory is growing fast!"))
    if now_bytes > MUCH_MEMORY_BYTES:
        warnings.append(_("Memory use is over 1 GB!"))
    if previous or warnings:
        yield Text()
    if previous:
        yield Text(_("Change:"), style=HEADING)
        yield Text("  RSS: ").append_text(megabytes_more(more_bytes))
    for warning in warnings:
        yield Text(f"  ⚠️  {warning}", style=WARNING)
