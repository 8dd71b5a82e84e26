from hypothesis import given, settings
from hypothesis import strategies as st

from botvitals_exporter.collectors.slots import OTHER, Slots, sum_rest

SIZES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 1000))


def test_the_largest_are_in():
    assert Slots(2).choose({"a": 1, "b": 3, "c": 2}) == {"b", "c"}


def test_who_is_in_stays_while_nobody_outside_is_a_fifth_larger():
    slots = Slots(1)
    slots.choose({"in": 100, "out": 90})
    assert slots.choose({"in": 100, "out": 119}) == {"in"}
    assert slots.choose({"in": 100, "out": 120}) == {"out"}


def test_the_one_pushed_out_does_not_come_back_at_once():
    slots = Slots(1)
    slots.choose({"a": 100, "b": 90})
    slots.choose({"a": 100, "b": 120})
    assert slots.choose({"a": 125, "b": 120}) == {"b"}


def test_each_newcomer_takes_the_slot_of_the_smallest():
    slots = Slots(3)
    slots.choose({"a": 100, "b": 50, "c": 10})
    assert slots.choose({"a": 100, "b": 50, "c": 10, "d": 70, "e": 11}) == {"a", "b", "d"}
    assert slots.choose({"a": 100, "b": 50, "c": 90, "d": 70, "e": 61}) == {"a", "c", "d"}


def test_a_name_that_is_gone_frees_its_slot():
    slots = Slots(1)
    slots.choose({"a": 100})
    assert slots.choose({"b": 1}) == {"b"}


def test_two_of_no_size_do_not_take_turns():
    slots = Slots(1)
    slots.choose({"b": 0})
    assert slots.choose({"a": 0, "b": 0}) == {"b"}


def test_fewer_slots_than_before_keep_the_largest():
    slots = Slots(3)
    slots.choose({"a": 3, "b": 2, "c": 1})
    assert slots.choose({"a": 3, "b": 2, "c": 1}, 1) == {"a"}
    assert slots.choose({"a": 3, "b": 2, "c": 1}, 0) == frozenset()


@settings(deadline=None)
@given(st.lists(SIZES, max_size=6), st.integers(0, 5))
def test_a_choice_is_full_bounded_stable_and_never_far_from_the_largest(rounds, capacity):
    slots = Slots(capacity)
    for sizes in rounds:
        chosen = slots.choose(sizes)
        assert len(chosen) == min(capacity, len(sizes))
        assert slots.choose(sizes) == chosen
        if chosen:
            smallest = min(sizes[name] for name in chosen)
            outside = [size for name, size in sizes.items() if name not in chosen]
            assert all(size < 1.2 * smallest or size == 0 for size in outside)


def test_the_rest_is_summed_column_by_column():
    rows = {"a": (1, 10), "b": (2, 20), "c": (3, 30)}
    assert sum_rest(rows, {"a"}) == {"a": (1, 10), OTHER: (5, 50)}


def test_without_a_rest_there_is_no_row_for_it():
    assert sum_rest({"a": (1, 10)}, {"a"}) == {"a": (1, 10)}


def test_a_name_that_is_that_of_the_rest_is_part_of_it():
    assert sum_rest({OTHER: (1, 10), "b": (2, 20)}, {OTHER}) == {OTHER: (3, 30)}
