from itertools import islice, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.sources.operation_histograms import OPERATION_SLOTS, PAIR_SLOTS, OperationHistograms
from support_operations import EPOCH, SPAN_ID, TRACE_ID, operation, traced


def distinct(number):
    """Return so many names without anything in them that changes."""
    return ["".join(letters) for letters in islice(product("abcdefghijklmnop", repeat=2), number)]


def observed(*operations, time_seconds=lambda: EPOCH):
    histograms = OperationHistograms(time_seconds)
    for each in operations:
        histograms.observe(each)
    return histograms


def durations(*operations):
    return observed(*operations).read()[0]


def segments(*operations):
    return observed(*operations).read()[1]


def counts(readings):
    return {names: sum(reading.counts) for names, reading in readings.items()}


def totals(readings):
    return {names: pytest.approx(reading.total) for names, reading in readings.items()}


def test_durations_are_counted_by_outcome():
    read = durations(
        operation("reply", 1.5), operation("reply", 2.5), operation("reply", 9, "error"), operation("menu", 4)
    )
    assert counts(read) == {("reply", "ok"): 2, ("reply", "error"): 1, ("menu", "ok"): 1, ("menu", "error"): 0}
    assert read["reply", "ok"].total == 4.0


def test_ok_and_error_exist_at_zero_once_an_operation_was_started():
    histograms = observed()
    assert histograms.name_of("reply") == "reply"
    assert counts(histograms.read()[0]) == {("reply", "ok"): 0, ("reply", "error"): 0}


def test_cancelled_exists_once_it_happened():
    assert counts(durations(operation("reply", 1, "cancelled"))) == {
        ("reply", "ok"): 0,
        ("reply", "error"): 0,
        ("reply", "cancelled"): 1,
    }


def test_a_series_was_created_before_what_it_observed_and_not_again():
    histograms = observed(time_seconds=lambda: EPOCH + 5)
    histograms.name_of("early")
    histograms.observe(operation("early", 1, start_seconds=EPOCH + 6))
    histograms.observe(operation("late", 1, "cancelled", start_seconds=EPOCH + 7))
    created = {names: reading.created_seconds for names, reading in histograms.read()[0].items()}
    assert created["early", "ok"] == created["early", "error"] == EPOCH + 5
    assert created["late", "ok"] == created["late", "cancelled"] == EPOCH + 7


def test_a_segment_runs_from_the_mark_before_and_the_last_one_to_the_end():
    read = segments(operation("reply", 1.0, "ok", ("state", 0.25), ("dispatch", 0.75)))
    assert totals(read) == {("reply", "state"): 0.25, ("reply", "dispatch"): 0.5, ("reply", "end"): 0.25}
    assert set(counts(read).values()) == {1}


def test_an_operation_without_checkpoints_is_one_segment():
    assert totals(segments(operation("reply", 1.5))) == {("reply", "end"): 1.5}


def test_each_segment_of_a_repeated_checkpoint_is_observed():
    read = segments(operation("reply", 1.0, "ok", ("page", 0.125), ("page", 0.375), ("page", 0.875)))
    assert counts(read) == {("reply", "page"): 3, ("reply", "end"): 1}
    assert read["reply", "page"].total == 0.875


def test_checkpoints_are_published_without_what_changes():
    read = segments(operation("reply", 1.0, "ok", ("page_1", 0.25), ("page_2", 0.5), ("12345", 0.75)))
    assert counts(read) == {("reply", "page"): 2, ("reply", "checkpoint"): 1, ("reply", "end"): 1}


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 10_000),
            st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 10_000)), max_size=8),
        ),
        max_size=10,
    )
)
def test_segments_sum_up_to_the_duration_whatever_the_order_of_the_marks(timings):
    operations = [
        operation("reply", duration, "ok", *((name, min(elapsed, duration)) for name, elapsed in marks))
        for duration, marks in timings
    ]
    read = observed(*operations).read()
    assert sum(reading.total for reading in read[1].values()) == pytest.approx(sum(each for each, _ in timings))
    assert all(reading.total >= 0 for reading in read[1].values())


def test_a_sampled_span_is_the_exemplar_of_the_duration_and_of_each_segment():
    histograms = observed(traced(SPAN_ID, 2.0, ("state", 0.2)))
    for readings in histograms.read():
        for names, reading in readings.items():
            found = [exemplar for exemplar in reading.exemplars if exemplar is not None]
            assert len(found) == sum(reading.counts), names
            assert all(each.span == (TRACE_ID, SPAN_ID, EPOCH + 2.0) for each in found)


def test_each_bucket_keeps_its_latest_exemplar():
    [reading] = [
        reading
        for (_, outcome), reading in durations(
            traced("a" * 16, 0.3), traced("b" * 16, 0.4), traced("c" * 16, 3)
        ).items()
        if outcome == "ok"
    ]
    assert [(each.value, each.span.span_id) for each in reading.exemplars if each] == [(0.4, "b" * 16), (3, "c" * 16)]


def test_a_span_that_is_not_exported_is_no_exemplar():
    read = durations(operation("reply", 1.0, span_id=SPAN_ID, is_sampled=False))
    assert read["reply", "ok"].exemplars == ()


def test_operations_beyond_the_slots_are_summed():
    names = distinct(OPERATION_SLOTS + 10)
    histograms = observed(*(operation(name, 1.0) for name in names))
    published = {name for name, _ in histograms.read()[0]}
    assert published == {*names[:OPERATION_SLOTS], OTHER}
    assert counts(histograms.read()[0])[OTHER, "ok"] == len(names) - OPERATION_SLOTS
    assert histograms.is_summed
    assert histograms.name_of(names[0]) == names[0]
    assert histograms.name_of(names[-1]) == OTHER


def test_as_many_operations_as_there_are_slots_are_not_summed():
    histograms = observed()
    for name in distinct(OPERATION_SLOTS):
        histograms.name_of(name)
    assert not histograms.is_summed
    assert OTHER not in {name for name, _ in histograms.read()[0]}


def test_checkpoints_beyond_the_pairs_are_summed_under_their_operation_and_still_add_up():
    marks = [(name, 0.01 * number) for number, name in enumerate(distinct(PAIR_SLOTS + 10))]
    histograms = observed(operation("reply", 10.0, "ok", *marks))
    read = histograms.read()[1]
    assert len(read) == PAIR_SLOTS + 1
    assert counts(read)["reply", OTHER] == 11
    assert sum(reading.total for reading in read.values()) == pytest.approx(10.0)
    assert histograms.is_summed


def test_operations_that_have_no_pair_of_their_own_share_one():
    marks = [(name, 0.01 * number) for number, name in enumerate(distinct(PAIR_SLOTS))]
    read = segments(
        operation("first", 10.0, "ok", *marks),
        operation("second", 1.0, "ok", ("step", 0.5)),
        operation("third", 2.0, "ok", ("step", 0.5)),
    )
    assert {names for names in read if names[0] != "first"} == {(OTHER, OTHER)}
    assert read[OTHER, OTHER].total == 3.0


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.text(max_size=3), st.lists(st.text(max_size=3), max_size=6)),
        max_size=400,
    )
)
def test_series_are_bounded_whatever_the_names(named):
    histograms = observed(
        *(operation(name, 1.0, "ok", *((checkpoint, 0.5) for checkpoint in checkpoints)) for name, checkpoints in named)
    )
    read = histograms.read()
    assert len({name for name, _ in read[0]} - {OTHER}) <= OPERATION_SLOTS
    assert len({names for names in read[1] if OTHER not in names}) <= PAIR_SLOTS
    assert sum(counts(read[0]).values()) == len(named)


def test_names_that_look_alike_once_published_share_a_series():
    read = durations(operation("x" * 121, 1.0), operation("x" * 122, 1.0), operation("", 1.0))
    assert counts(read) == {
        ("x" * 120, "ok"): 2,
        ("x" * 120, "error"): 0,
        ("operation", "ok"): 1,
        ("operation", "error"): 0,
    }
