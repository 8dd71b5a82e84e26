from botvitals_exporter.collectors.growth import BASELINE_TYPES, HourlyGrowth, TypeSlots

MINUTE = 60.0


def large_types(number: int) -> dict[str, int]:
    return {f"bot.Large{place}": 1_000_000 - place for place in range(number)}


def test_growth_is_measured_from_the_first_census_on():
    growth = HourlyGrowth()
    assert growth.measure({"a": 100, "b": 100, "c": 100}, 0) == {}
    assert growth.measure({"a": 150, "b": 100, "c": 40}, 10) == {"a": 50}


def test_a_type_that_was_not_there_has_grown_by_all_it_is():
    growth = HourlyGrowth()
    growth.measure({"a": 100}, 0)
    assert growth.measure({"a": 100, "new": 70}, 10) == {"new": 70}


def test_growth_is_that_of_the_last_hour():
    growth = HourlyGrowth()
    for minute in range(0, 181, 5):
        grown = growth.measure({"steady": 1000 * minute}, minute * MINUTE)
    assert grown == {"steady": 60_000}


def test_growth_that_ended_more_than_an_hour_ago_is_forgotten():
    growth = HourlyGrowth()
    growth.measure({"a": 100}, 0)
    growth.measure({"a": 900}, 10)
    for minute in range(5, 66, 5):
        grown = growth.measure({"a": 900}, minute * MINUTE)
    assert grown == {}


def test_censuses_further_apart_than_an_hour_compare_with_the_one_before():
    growth = HourlyGrowth()
    growth.measure({"a": 100}, 0)
    growth.measure({"a": 300}, 7_200)
    assert growth.measure({"a": 400}, 14_400) == {"a": 100}


def test_a_clock_set_back_leaves_no_baseline_in_the_future():
    growth = HourlyGrowth()
    growth.measure({"a": 100}, 1_000_000)
    assert growth.measure({"a": 500}, 1_000) == {}
    assert growth.measure({"a": 600}, 1_010) == {"a": 100}


def test_of_a_type_too_small_to_be_remembered_only_what_is_certain_counts_as_growth():
    growth = HourlyGrowth()
    sizes = {f"t{place}": 10_000 + place for place in range(BASELINE_TYPES)} | {"small": 9_000}
    growth.measure(sizes, 0)
    assert growth.measure(sizes, 10) == {}
    assert growth.measure(sizes | {"small": 10_500}, 20) == {"small": 500}


def test_what_is_remembered_stays_bounded_while_classes_come_and_go():
    growth = HourlyGrowth()
    for census in range(100):
        growth.measure({f"bot.Made{census}_{number}": 100 + number for number in range(1_500)}, census * MINUTE)
    remembered = sum(len(baseline.sizes) for baseline in growth._baselines)
    assert remembered <= 14 * BASELINE_TYPES


def test_without_growth_all_fifty_slots_go_to_the_largest():
    assert TypeSlots().choose(large_types(60), 0) == {f"bot.Large{place}" for place in range(50)}


def test_a_small_type_that_grows_is_in_long_before_it_is_large():
    slots = TypeSlots()
    sizes = large_types(200) | {"bot.Leak": 100}
    assert "bot.Leak" not in slots.choose(sizes, 0)
    chosen = slots.choose(sizes | {"bot.Leak": 5_000}, 10)
    assert "bot.Leak" in chosen
    assert len(chosen) == 50


def test_growing_types_get_fifteen_slots_and_leave_thirty_five_to_the_largest():
    slots = TypeSlots()
    small = {f"bot.Small{place}": 10 for place in range(100)}
    slots.choose(large_types(100) | small, 0)
    grown = {name: 10 + 1_000 * (place + 1) for place, name in enumerate(small)}
    chosen = slots.choose(large_types(100) | grown, 10)
    assert sum(name.startswith("bot.Large") for name in chosen) == 35
    assert {name for name in chosen if name.startswith("bot.Small")} == {f"bot.Small{n}" for n in range(85, 100)}


def test_a_type_that_stops_growing_keeps_its_slot_until_another_grows_more():
    slots = TypeSlots()
    sizes = large_types(100) | {"bot.Leak": 100}
    slots.choose(sizes, 0)
    leaked = sizes | {"bot.Leak": 90_000}
    for minute in range(1, 180):
        assert "bot.Leak" in slots.choose(leaked, minute * MINUTE)


def test_growth_of_less_than_a_page_takes_no_slot():
    slots = TypeSlots()
    sizes = large_types(100) | {f"bot.Small{place}": 10 for place in range(30)}
    slots.choose(sizes, 0)
    wobble = sizes | {f"bot.Small{place}": 4_000 for place in range(30)}
    assert slots.choose(wobble, 10) == {f"bot.Large{place}" for place in range(50)}


def test_small_ups_and_downs_of_many_large_types_change_nothing_among_the_largest():
    slots = TypeSlots()
    first = slots.choose(large_types(200), 0)
    largest = {f"bot.Large{place}" for place in range(35)}
    for census in range(1, 30):
        wobble = {name: size + (size * 7_919 + census * 104_729) % 50_000 for name, size in large_types(200).items()}
        chosen = slots.choose(wobble, census * 10.0)
        assert largest <= chosen
        assert len(chosen) == 50
    assert largest <= first
