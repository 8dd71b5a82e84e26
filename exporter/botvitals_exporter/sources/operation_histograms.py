"""How long the bot's operations and their segments took, as histograms of a bounded number of names."""

import time
from collections.abc import Callable
from functools import lru_cache

from botvitals.operation import Operation
from botvitals.stable_name import stable_name
from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.histogram import Histogram, HistogramReading, SpanMoment
from botvitals_exporter.metric import OPERATION_BUCKETS_SECONDS, safe_label

OPERATION_SLOTS = 50
PAIR_SLOTS = 150

# The segment from the last checkpoint to the end of the operation.
LAST_SEGMENT = "end"

# These exist at zero from an operation's first start, so that a first error shows as a rise.
_FROM_THE_START = ("ok", "error")

# A bot that writes numbers into its checkpoints has new ones with every operation: what is known is then begun anew.
_MOST_MARKS = 256

Names = tuple[str, str]


class _Series:
    """The histograms of one operation, by outcome and by checkpoint; `marks` finds a segment's by its name as given."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.durations: dict[str, Histogram] = {}
        self.segments: dict[str, Histogram] = {}
        self.marks: dict[str, Histogram] = {}


class OperationHistograms:
    """Observes finished operations, one thread at a time.

    50 operations and 150 pairs of operation and checkpoint have series of their own, whoever comes first: who is in
    stays in, since a counter must not lose what it has counted to a newcomer. All others are summed into `__other__`;
    an operation that has some pairs keeps the rest under its own name, so that its segments add up to its duration.
    """

    def __init__(self, time_seconds: Callable[[], float] = time.time) -> None:
        self.is_summed = False
        self._time_seconds = time_seconds
        self._series: dict[str, _Series] = {}
        self._pairs = 0

    def name_of(self, operation: str) -> str:
        """Return under which name `operation` is published; its series exist from now on."""
        return self._series_of(operation, None).name

    def observe(self, operation: Operation) -> None:
        """Count a finished operation and each of its segments, of which the last one is `end`."""
        began, whole = operation.start_seconds, operation.duration_seconds
        series = self._series_of(operation.name, began)
        span = None
        if operation.is_sampled and operation.trace_id:
            # The end of the operation for all of its segments: exemplars older than the last are refused.
            span = SpanMoment(operation.trace_id, operation.span_id, began + whole)
        duration = series.durations.get(operation.outcome)
        if duration is None:
            duration = series.durations[operation.outcome] = self._histogram(began)
        duration.observe(whole, span)
        marks = series.marks
        mark = 0.0
        for name, _description, elapsed in operation.checkpoints:
            segment = marks.get(name) or self._segment(series, name, began)
            # Marks that two threads made at once may come in the wrong order; a sum must never fall.
            if elapsed > mark:
                segment.observe(elapsed - mark, span)
                mark = elapsed
            else:
                segment.observe(0.0, span)
        last = marks.get(LAST_SEGMENT) or self._segment(series, LAST_SEGMENT, began)
        last.observe(max(0.0, whole - mark), span)

    def read(self) -> tuple[dict[Names, HistogramReading], dict[Names, HistogramReading]]:
        """Return the durations by operation and outcome, and the segments by operation and checkpoint."""
        every = self._series.values()
        return (
            {(each.name, outcome): found.read() for each in every for outcome, found in each.durations.items()},
            {(each.name, label): found.read() for each in every for label, found in each.segments.items()},
        )

    def _series_of(self, operation: str, began_seconds: float | None) -> _Series:
        name = _operation_label(operation)
        return self._series.get(name) or self._new_series(name, began_seconds)

    def _new_series(self, name: str, began_seconds: float | None) -> _Series:
        if name != OTHER and len(self._series.keys() - {OTHER}) >= OPERATION_SLOTS:
            self.is_summed = True
            return self._series_of(OTHER, began_seconds)
        series = self._series[name] = _Series(name)
        series.durations = {outcome: self._histogram(began_seconds) for outcome in _FROM_THE_START}
        return series

    def _segment(self, series: _Series, checkpoint: str, began_seconds: float) -> Histogram:
        label = safe_label(stable_name(checkpoint)) or "checkpoint"
        found = series.segments.get(label) or self._new_segment(series, label, began_seconds)
        if len(series.marks) >= _MOST_MARKS:
            series.marks.clear()
        series.marks[checkpoint] = found
        return found

    def _new_segment(self, series: _Series, label: str, began_seconds: float) -> Histogram:
        """Return the histogram for a segment that has none of its own yet, and may get none."""
        if series.name == OTHER:
            label = OTHER
        elif label != OTHER and self._pairs < PAIR_SLOTS:
            self._pairs += 1
        else:
            self.is_summed = True
            label = OTHER
            if not series.segments:
                series = self._series_of(OTHER, began_seconds)
        segment = series.segments.get(label)
        if segment is None:
            segment = series.segments[label] = self._histogram(began_seconds)
        return segment

    def _histogram(self, began_seconds: float | None) -> Histogram:
        """Return a histogram created before what it will observe: when the operation began, else now."""
        return Histogram(OPERATION_BUCKETS_SECONDS, self._time_seconds() if began_seconds is None else began_seconds)


# The same names come again and again; the bound holds more of them than have series.
@lru_cache(maxsize=1024)
def _operation_label(name: str) -> str:
    return safe_label(name) or "operation"
