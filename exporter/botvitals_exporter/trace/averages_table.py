"""Where the time went on average, as a table: operations, and below each its segments."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from botvitals.language import gettext as _
from botvitals_exporter.console.layout import HEADING, align_left, align_right, column_width, join_lines, shorten
from botvitals_exporter.trace.averages import OperationAverage
from botvitals_exporter.trace.glyphs import Glyphs, duration_text
from botvitals_exporter.trace.quantiles import Durations
from botvitals_exporter.trace.waterfall import safe_name

_Cells = tuple[str, str, str, str, str, str]


def averages_table(averages: Mapping[str, OperationAverage], width: int, glyphs: Glyphs) -> Text:
    """Return the table in lines of at most `width` cells; a segment's last column is its share of the operation."""
    headings = ("", _("count"), _("errors"), "p50", "p95", _("total"))
    rows = [row for name, average in averages.items() for row in _rows(name, average, glyphs)]
    columns = [
        column_width((row[column] for row, _style in [(headings, ""), *rows]), least=5) for column in range(1, 6)
    ]
    first = min(column_width((row[0] for row, _style in rows), least=1), width - sum(columns) - 2 * len(columns))

    def line(cells: _Cells, style: str) -> Text:
        numbers = zip(cells[1:], columns, strict=True)
        indent = cells[0][: len(cells[0]) - len(cells[0].lstrip())]
        name = align_left(indent + shorten(cells[0].strip(), first - len(indent)), first)
        return Text(name + "".join("  " + align_right(text, cell) for text, cell in numbers), style)

    return join_lines([line(headings, "dim"), *(line(cells, style) for cells, style in rows)])


def _rows(name: str, average: OperationAverage, glyphs: Glyphs) -> Iterator[tuple[_Cells, str]]:
    durations = average.durations
    if not durations.count:
        return
    errors = f"{average.errors:,}" if average.errors else ""
    count, p50, p95 = _numbers(durations)
    yield (safe_name(name), count, errors, p50, p95, duration_text(durations.total_ns)), HEADING
    slowest = max(average.segments.values(), key=lambda segment: segment.durations.total_ns, default=None)
    for segment_name, segment in sorted(average.segments.items(), key=lambda item: item[1].position):
        count, p50, p95 = _numbers(segment.durations)
        share = f"{segment.durations.total_ns / max(durations.total_ns, 1):.0%}"
        style = "yellow" if segment is slowest and len(average.segments) > 1 else ""
        yield (f"  {glyphs.bullet} {safe_name(segment_name)}", count, "", p50, p95, share), style


def _numbers(durations: Durations) -> tuple[str, str, str]:
    return f"{durations.count:,}", duration_text(durations.quantile(0.5)), duration_text(durations.quantile(0.95))
