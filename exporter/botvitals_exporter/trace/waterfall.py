"""A slow operation as a waterfall: when each part of it began, how long it took, and a bar of both."""

from collections.abc import Iterator
from datetime import datetime

from rich.text import Text

from botvitals.language import gettext as _
from botvitals.language import mark, ngettext
from botvitals.redaction import redact
from botvitals_exporter.console.layout import HEADING, WARNING, align_left, align_right, join_lines, printable, shorten
from botvitals_exporter.trace.glyphs import Glyphs, duration_text
from botvitals_exporter.trace.report import Slow
from botvitals_exporter.trace.spans import Segment, Span
from botvitals_exporter.trace.time_axis import TimeAxis
from botvitals_exporter.trace.tree import Row

# A screen or two; who wants to see more asks for one operation.
MOST_ROWS = 60
_NUMBER_CELLS = 9
# Behind a bar, for the mark of the slowest.
_MARK_CELLS = 2
_LEAST_NAME_CELLS = 20
_ERROR_CELLS = 30
# Names get no more than this share of what they and the bars have together.
_NAMES_SHARE = 0.45
_ERROR = "bold red"
_DIM = "dim"
_OUTCOMES = {
    "ok": mark("ok"),
    "error": mark("error"),
    "cancelled": mark("cancelled"),
    "abandoned": mark("abandoned"),
}


def waterfall(slow: Slow, number: int, width: int, glyphs: Glyphs) -> Text:
    """Return the rows of a trace in lines of `width` cells, headed by its `number` among the slowest."""
    rows = slow.rows[:MOST_ROWS]
    head = rows[0].part
    room = width - 2 * _NUMBER_CELLS - 6 - _MARK_CELLS
    names = [_name(row, glyphs) for row in rows]
    name_cells = max(_LEAST_NAME_CELLS, min(max(name.cell_len for name in names), int(room * _NAMES_SHARE)))
    axis = TimeAxis([(row.part.start_ns, row.part.end_ns) for row in rows], room - name_cells)
    lines = [_heading(head, number, width, glyphs), *_identity(head, width, glyphs)]
    for row, name in zip(rows, names, strict=True):
        offset = "" if row.part is head else "+" + duration_text(row.part.start_ns - head.start_ns)
        lines.append(
            Text.assemble(
                "  ",
                _fitted(name, name_cells),
                (align_right(offset, _NUMBER_CELLS + 1), _DIM),
                align_right(duration_text(row.part.end_ns - row.part.start_ns), _NUMBER_CELLS + 1),
                "  ",
                _bar(row, axis, room - name_cells, glyphs),
            )
        )
    lines += _notes(axis, len(slow.rows) - len(rows) + slow.left_out, glyphs)
    for line in lines:
        line.rstrip()
    return join_lines(lines)


def safe_name(name: str) -> str:
    """Return a name from a recording as it may be shown: without secrets, and without what steers a terminal."""
    return printable(redact(name))


def outcome_text(span: Span) -> str:
    """Return how a span ended, for an error with its type."""
    outcome = _(_OUTCOMES[span.outcome]) if span.outcome in _OUTCOMES else safe_name(span.outcome)
    return f"{outcome} {shorten(safe_name(span.error_type), _ERROR_CELLS)}" if span.error_type else outcome


def _heading(head: Span | Segment, number: int, width: int, glyphs: Glyphs) -> Text:
    rest = Text(f" {glyphs.bullet} {duration_text(head.end_ns - head.start_ns)}")
    if isinstance(head, Span):
        rest.append(f" {glyphs.bullet} ").append(outcome_text(head), _style_of(head))
    return Text(shorten(f"#{number} {safe_name(head.name)}", width - rest.cell_len), HEADING).append_text(rest)


def _identity(head: Span | Segment, width: int, glyphs: Glyphs) -> Iterator[Text]:
    """Yield what finds the operation again: in Jaeger by its trace, in the log by its id."""
    if not isinstance(head, Span):
        return
    began = f"{datetime.fromtimestamp(head.start_ns / 1e9):%Y-%m-%d %H:%M:%S}"
    named = head.operation_id and head.operation_id != head.name
    yield Text(
        shorten(f"   {began} {glyphs.bullet} {safe_name(head.operation_id)}" if named else f"   {began}", width), _DIM
    )
    yield Text(shorten(f"   trace {safe_name(head.trace_id)}", width), _DIM)


def _name(row: Row, glyphs: Glyphs) -> Text:
    indent = "  " * row.depth
    if isinstance(row.part, Segment):
        return Text(f"{indent}{glyphs.bullet} {safe_name(row.part.name)}", WARNING if row.is_slowest else "")
    name = Text(indent + safe_name(row.part.name), HEADING if row.part.is_operation else _DIM)
    if row.depth and row.part.outcome != "ok":
        name.append(f" {outcome_text(row.part)}", _style_of(row.part))
    return name


def _fitted(name: Text, cells: int) -> Text:
    if name.cell_len <= cells:
        return Text.assemble(name, " " * (cells - name.cell_len))
    indent = len(name.plain) - len(name.plain.lstrip())
    indent = min(indent, cells // 2)
    return Text(align_left(" " * indent + shorten(name.plain.strip(), cells - indent), cells), name.style)


def _bar(row: Row, axis: TimeAxis, cells: int, glyphs: Glyphs) -> Text:
    line = [" "] * cells
    for cell in axis.gap_cells():
        line[min(cell, cells - 1)] = glyphs.gap
    start, end = axis.cell(row.part.start_ns), axis.cell(row.part.end_ns)
    first = min(int(start), cells - 1)
    last = min(max(round(end), first + 1), cells)
    drawn_with = glyphs.segment if isinstance(row.part, Segment) else glyphs.span
    line[first:last] = (drawn_with if end - start >= 0.5 else glyphs.short) * (last - first)
    line += " " * _MARK_CELLS
    if row.is_slowest:
        line[last + 1] = glyphs.slowest
    bar = Text("".join(line))
    bar.stylize(_bar_style(row), first, last + 2)
    return bar


def _bar_style(row: Row) -> str:
    if isinstance(row.part, Segment):
        return WARNING if row.is_slowest else "green"
    return _style_of(row.part) if row.part.outcome != "ok" else "cyan" if row.part.is_operation else _DIM


def _style_of(span: Span) -> str:
    return {"ok": "green", "error": _ERROR}.get(span.outcome, "yellow")


def _notes(axis: TimeAxis, left_out: int, glyphs: Glyphs) -> Iterator[Text]:
    for start, end in axis.gaps:
        text = _("{duration} in which nothing ran, not drawn to scale").format(duration=duration_text(end - start))
        yield Text(f"  {glyphs.gap} {text}", _DIM)
    if left_out:
        text = ngettext("{number} more row", "{number} more rows", left_out).format(number=f"{left_out:,}")
        yield Text(f"  {glyphs.ellipsis} {text}", _DIM)
