"""Where the time went: each operation's durations, and those of its segments."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from botvitals_exporter.trace.quantiles import Durations
from botvitals_exporter.trace.spans import Span

# botvitals publishes 50 operations and 150 checkpoints; a file may hold what several bots wrote.
MOST_OPERATIONS = 200
MOST_SEGMENTS = 50
OTHER = "other"


@dataclass(slots=True)
class SegmentAverage:
    """The segments of one name; `position` orders them as they follow each other on average."""

    durations: Durations = field(default_factory=Durations)
    offsets_ns: int = 0

    @property
    def position(self) -> float:
        """Where the segment ends, on average, in ns from the operation's start."""
        return self.offsets_ns / max(self.durations.count, 1)


@dataclass(slots=True)
class OperationAverage:
    """The finished operations of one name. Abandoned ones are counted, but have no duration worth the name."""

    durations: Durations = field(default_factory=Durations)
    errors: int = 0
    abandoned: int = 0
    segments: dict[str, SegmentAverage] = field(default_factory=dict)

    def add(self, span: Span) -> None:
        """Add one operation."""
        if span.outcome == "abandoned":
            self.abandoned += 1
            return
        self.durations.add(span.duration_ns)
        self.errors += span.outcome == "error"
        for segment in span.segments:
            name = segment.name if len(self.segments) < MOST_SEGMENTS or segment.name in self.segments else OTHER
            average = self.segments.get(name) or self.segments.setdefault(name, SegmentAverage())
            average.durations.add(segment.end_ns - segment.start_ns)
            average.offsets_ns += segment.end_ns - span.start_ns


class Averages:
    """Averages by operation name, in bounded memory: names beyond the first 200 are one, `other`."""

    def __init__(self) -> None:
        self._operations: dict[str, OperationAverage] = {}

    def add(self, span: Span) -> None:
        """Add one operation."""
        known = span.name in self._operations or len(self._operations) < MOST_OPERATIONS
        name = span.name if known else OTHER
        (self._operations.get(name) or self._operations.setdefault(name, OperationAverage())).add(span)

    def by_name(self) -> Mapping[str, OperationAverage]:
        """Return the averages, the operation first that took the most time in all."""
        return dict(sorted(self._operations.items(), key=lambda item: -item[1].durations.total_ns))
