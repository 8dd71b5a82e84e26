import sys

from botvitals_exporter import heap_changes
from botvitals_exporter.heap_changes import HeapChanges, TypeChange
from botvitals_exporter.readings import HeapReport, TypeCount
from support_reports import heap_report


def census(iteration: int, **types: tuple[int, int]) -> HeapReport:
    counts = [TypeCount(name, objects, size_bytes) for name, (objects, size_bytes) in types.items()]
    return heap_report(iteration=iteration, types=tuple(sorted(counts, key=lambda count: -count.size_bytes)))


def changes_at_third(first: HeapReport, third: HeapReport) -> tuple[TypeChange, ...]:
    changes = HeapChanges()
    assert changes.since_last(first) is None
    reading = changes.since_last(third)
    assert reading is not None
    return reading.changes


def test_every_third_census_is_compared_and_no_other() -> None:
    changes = HeapChanges()
    compared = [n for n in range(1, 13) if changes.since_last(census(n, dict=(n, n))) is not None]
    assert compared == [3, 6, 9, 12]


def test_the_third_is_compared_with_the_first_and_the_sixth_with_the_third() -> None:
    changes = HeapChanges()
    readings = {n: changes.since_last(census(n, dict=(n * 10, n * 1_000))) for n in range(1, 7)}
    assert readings[3] is not None
    assert readings[3].changes == (TypeChange("dict", 20, 2_000),)
    assert readings[6] is not None
    assert readings[6].changes == (TypeChange("dict", 30, 3_000),)


def test_a_type_that_stayed_as_it_was_is_left_out() -> None:
    assert changes_at_third(census(1, dict=(1, 10), str=(2, 20)), census(3, dict=(1, 10), str=(3, 20))) == (
        TypeChange("str", 1, 0),
    )


def test_types_that_came_and_types_that_went_are_changes() -> None:
    assert changes_at_third(census(1, old=(4, 40)), census(3, new=(3, 30))) == (
        TypeChange("new", 3, 30),
        TypeChange("old", -4, -40),
    )


def test_growth_comes_first_and_the_largest_of_it_first() -> None:
    first = census(1, a=(1, 100), b=(1, 100), c=(1, 900), d=(1, 100))
    third = census(3, a=(1, 150), b=(1, 300), c=(1, 1), d=(2, 100))
    assert [change.name for change in changes_at_third(first, third)] == ["b", "a", "d", "c"]


def test_of_more_than_200_changes_the_largest_stay_shrinkage_too() -> None:
    first = census(1, gone=(9, 10**9), **{f"t{n}": (1, n) for n in range(1, 301)})
    third = census(3, **{f"t{n}": (2, 2 * n) for n in range(1, 301)})
    changes = HeapChanges()
    changes.since_last(first)
    reading = changes.since_last(third)
    assert reading is not None
    assert len(reading.changes) == 200
    assert reading.left_out == 101
    assert reading.changes[0] == TypeChange("t300", 1, 300)
    assert reading.changes[-1] == TypeChange("gone", -9, -(10**9))


def test_a_recording_that_begins_late_compares_from_its_own_first_census() -> None:
    changes = HeapChanges()
    assert changes.since_last(census(3, dict=(1, 1))) is None
    reading = changes.since_last(census(6, dict=(5, 5)))
    assert reading is not None
    assert reading.changes == (TypeChange("dict", 4, 4),)


def test_what_is_kept_is_bounded_and_a_type_beyond_it_is_not_taken_for_new() -> None:
    number = heap_changes.KEPT_LIMIT + 1
    types = tuple(TypeCount(f"t{n}", 1, number - n) for n in range(number))
    grown = tuple(TypeCount(count.name, 2, count.size_bytes) for count in types)
    changes = HeapChanges()
    changes.since_last(heap_report(iteration=1, types=types))
    reading = changes.since_last(heap_report(iteration=3, types=grown))
    assert reading is not None
    assert len(reading.changes) + reading.left_out == heap_changes.KEPT_LIMIT


def test_a_report_is_let_go_once_it_is_compared() -> None:
    changes = HeapChanges()
    for iteration in (1, 2, 3):
        report = heap_report(iteration=iteration)
        references_before = sys.getrefcount(report), sys.getrefcount(report.census), sys.getrefcount(report.threads)
        changes.since_last(report)
        assert references_before == (
            sys.getrefcount(report),
            sys.getrefcount(report.census),
            sys.getrefcount(report.threads),
        )
