from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.trace.time_axis import TimeAxis


def test_without_gaps_it_is_to_scale() -> None:
    axis = TimeAxis([(100, 200), (120, 150)], 50)
    assert [axis.cell(moment) for moment in (100, 150, 200)] == pytest.approx([0, 25, 50])
    assert axis.gaps == []


def test_a_child_three_minutes_later_leaves_its_parent_most_of_the_line() -> None:
    axis = TimeAxis([(0, 40), (180_000, 180_007)], 50)
    assert axis.gaps == [(40, 180_000)]
    assert axis.cell(40) == pytest.approx(40)
    assert axis.gap_cells() == [41]
    assert axis.cell(180_000) == pytest.approx(43)
    assert axis.cell(180_007) == pytest.approx(50)


def test_a_short_gap_stays_to_scale() -> None:
    assert TimeAxis([(0, 40), (50, 100)], 50).gaps == []


def test_gaps_never_take_more_than_half_of_the_line() -> None:
    axis = TimeAxis([(number * 1000, number * 1000 + 1) for number in range(100)], 24)
    assert len(axis.gaps) == 4


def test_spans_without_any_duration_are_no_division_by_zero() -> None:
    assert TimeAxis([(5, 5)], 30).cell(5) == 0


@given(st.lists(st.tuples(st.integers(1, 2**62), st.integers(0, 2**61)), min_size=1, max_size=20), st.integers(12, 100))
def test_every_moment_stands_on_the_line_and_in_order(spans: list[tuple[int, int]], cells: int) -> None:
    extents = [(start, start + duration) for start, duration in spans]
    axis = TimeAxis(extents, cells)
    moments = sorted(moment for extent in extents for moment in extent)
    places = [axis.cell(moment) for moment in moments]
    assert all(-1e-3 <= place <= cells + 1e-3 for place in places)
    assert all(after >= before - 1e-3 for before, after in pairwise(places))
