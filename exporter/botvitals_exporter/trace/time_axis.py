"""Where on a line of so many cells a moment stands; long stretches in which nothing ran take little room."""

from collections.abc import Iterable
from itertools import pairwise

# Room for the mark of a gap, with a blank on each side.
GAP_CELLS = 3
# A gap is cut out where it is longer than this share of the time in which something ran.
_LONG_GAP = 0.25

Extent = tuple[int, int]


class TimeAxis:
    """A line of `cells` cells over the extents (ns) of spans, true to scale between its gaps.

    `gaps` are the extents that are cut out, in order: an answer that comes three minutes later would else squash all
    that there is to see. They are the longest ones, and never take more than half of the line.
    """

    def __init__(self, extents: Iterable[Extent], cells: int) -> None:
        busy = _merged(extents)
        running_ns = sum(end - start for start, end in busy)
        between = [(before[1], after[0]) for before, after in pairwise(busy)]
        long = [gap for gap in between if gap[1] - gap[0] > _LONG_GAP * running_ns]
        longest = sorted(long, key=lambda gap: gap[0] - gap[1])[: cells // (2 * GAP_CELLS)]
        self.gaps: list[Extent] = sorted(longest)
        self._start_ns = busy[0][0]
        shown_ns = busy[-1][1] - self._start_ns - sum(end - start for start, end in self.gaps)
        self._cells_per_ns = (cells - GAP_CELLS * len(self.gaps)) / max(shown_ns, 1)

    def cell(self, moment_ns: int) -> float:
        """Return how many cells from the left `moment_ns` stands."""
        cut_ns = cut_cells = 0
        for start, end in self.gaps:
            if moment_ns >= end:
                cut_ns += end - start
                cut_cells += GAP_CELLS
            elif moment_ns > start:
                cut_ns += moment_ns - start
        return (moment_ns - self._start_ns - cut_ns) * self._cells_per_ns + cut_cells

    def gap_cells(self) -> list[int]:
        """Return the cells in which the gaps are marked."""
        return [int(self.cell(start)) + GAP_CELLS // 2 for start, _end in self.gaps]


def _merged(extents: Iterable[Extent]) -> list[Extent]:
    merged: list[Extent] = []
    for start, end in sorted(extents):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
