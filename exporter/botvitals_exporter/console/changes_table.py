"""The table of what changed on the heap, in the look of pympler's, which its readers know."""

from collections.abc import Iterator

from rich.text import Text

from botvitals.language import gettext as _
from botvitals.language import ngettext
from botvitals_exporter.console.layout import (
    HEADING,
    WIDTH,
    align_right,
    column_width,
    megabytes_more,
    printable,
    rule,
    shorten,
)
from botvitals_exporter.heap_changes import ChangesReading
from botvitals_exporter.type_label import type_label

# Column heads that tools look for: the same in every language.
_HEADS = ("types", "# objects", "total size")
_BETWEEN = " | "


def changes_table(reading: ChangesReading, *, width: int = WIDTH) -> Iterator[Text]:
    """Yield the lines of the table, headed and between rules."""
    yield Text("📈 " + _("Changes by type:"), style=HEADING)
    yield rule("-", width=width)
    objects = [f"{change.objects:+d}" for change in reading.changes]
    sizes = [megabytes_more(change.size_bytes) for change in reading.changes]
    second = column_width([_HEADS[1], *objects], least=11)
    third = column_width([_HEADS[2], *(size.plain for size in sizes)], least=12)
    room = width - second - third - 2 * len(_BETWEEN)
    types = [shorten(printable(type_label(change.name)), room) for change in reading.changes]
    first = column_width([_HEADS[0], *types], least=20)
    widths = (first, second, third)
    yield Text(_BETWEEN.join(map(align_right, _HEADS, widths)))
    yield Text(_BETWEEN.join("=" * width for width in widths))
    for name, number, size in zip(types, objects, sizes, strict=True):
        line = Text(_BETWEEN.join([align_right(name, first), align_right(number, second), ""]))
        yield line.append(" " * (third - len(size))).append_text(size)
    if reading.left_out:
        more = ngettext("{number} more type changed", "{number} more types changed", reading.left_out)
        yield Text("... " + more.format(number=reading.left_out))
    yield rule("-", width=width)
