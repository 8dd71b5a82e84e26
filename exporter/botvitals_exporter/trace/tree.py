"""The spans of a trace as rows: what each operation consists of stands below it, in the order in which it began."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from botvitals_exporter.trace.spans import Segment, Span


@dataclass(frozen=True, slots=True)
class Row:
    """A span, or a segment of the one above it, `depth` levels in.

    `is_slowest` marks the longest of an operation's segments where it has several.
    """

    depth: int
    part: Span | Segment
    is_slowest: bool = False


def rows_of(spans: Iterable[Span], head: str = "") -> list[Row]:
    """Return the tree below the span with the id `head`, or below every span whose parent is not there.

    Damaged spans that are each other's parents lose one of these links, and nothing is shown twice.
    """
    by_id = {span.span_id: span for span in sorted(spans, key=lambda span: span.start_ns)}
    children: dict[str, list[Span]] = defaultdict(list)
    for span in by_id.values():
        children[span.parent_id].append(span)
    rows: list[Row] = []
    seen: set[str] = set()
    if head:
        starts = [by_id[head]] if head in by_id else []
    else:
        # Those with a parent that is there are reached from it, if not they are part of a circle.
        starts = sorted(by_id.values(), key=lambda span: span.parent_id in by_id)
    for start in starts:
        # A stack and no recursion: a chain may be a thousand spans deep.
        waiting = [Row(0, start)]
        while waiting:
            row = waiting.pop()
            if isinstance(row.part, Span):
                if row.part.span_id in seen:
                    continue
                seen.add(row.part.span_id)
                waiting += reversed(_below(row.part, row.depth + 1, children[row.part.span_id]))
            rows.append(row)
    return rows


def _below(span: Span, depth: int, children: Sequence[Span]) -> list[Row]:
    slowest = max(span.segments, key=lambda segment: segment.end_ns - segment.start_ns, default=None)
    segments = [Row(depth, segment, segment is slowest and len(span.segments) > 1) for segment in span.segments]
    # The sort is stable: what begins together with a segment stands below it.
    return sorted([*segments, *(Row(depth, child) for child in children)], key=lambda row: row.part.start_ns)
