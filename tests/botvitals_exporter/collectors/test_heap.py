import threading

import pytest

from botvitals_exporter.collectors.heap import HeapCollector
from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.readings import CensusReading, CensusStatus, ModuleCount, TypeCount
from support_vitals import census, census_status, failures, registry_of


class Bot:
    """A bot whose last census the test sets."""

    def __init__(self) -> None:
        self.last: CensusReading | None = None
        self.said: list[str] = []
        self.collector = HeapCollector(lambda: census_status(self.last), self.said.append)
        self.registry = registry_of([self.collector])

    def series(self, name: str, label: str) -> dict[str, float]:
        return {
            sample.labels[label]: sample.value
            for family in self.registry.collect()
            if family.name == name
            for sample in family.samples
        }


def types(number: int) -> tuple[TypeCount, ...]:
    return tuple(TypeCount(f"bot.Type{place}", place + 1, 100 * (number - place)) for place in range(number))


def modules(number: int) -> tuple[ModuleCount, ...]:
    return tuple(ModuleCount(f"module{place}", place + 1, 100 * (number - place)) for place in range(number))


@pytest.fixture
def bot() -> Bot:
    return Bot()


def test_before_the_first_census_there_is_nothing(bot):
    assert bot.series("botvitals_objects", "type") == {}
    assert bot.registry.get_sample_value("botvitals_heap_objects") is None


def test_objects_and_bytes_have_the_same_slots_and_add_up_to_the_totals(bot):
    bot.last = census(types(300), modules(80))
    objects, sizes = bot.series("botvitals_objects", "type"), bot.series("botvitals_object_bytes", "type")
    assert len(objects) == 51
    assert objects.keys() == sizes.keys()
    assert sum(objects.values()) == bot.registry.get_sample_value("botvitals_heap_objects")
    assert sum(sizes.values()) == bot.registry.get_sample_value("botvitals_heap_object_bytes")
    by_module = bot.series("botvitals_module_object_bytes", "module")
    assert len(by_module) == 51
    assert by_module[OTHER] == sum(count.size_bytes for count in modules(80)[50:])


def test_types_that_fit_have_no_rest(bot):
    bot.last = census(types(50), modules(50))
    assert OTHER not in bot.series("botvitals_objects", "type")
    assert OTHER not in bot.series("botvitals_module_objects", "module")
    assert bot.said == []


def test_that_the_rest_is_summed_is_said_once(bot):
    for number in range(3):
        bot.last = census(types(51 + number), modules(51))
        list(bot.registry.collect())
    assert bot.said == ["metrics: beyond 50 types and 50 modules, the rest is summed as __other__"]


def test_scrapes_of_one_census_are_all_alike(bot):
    bot.last = census(types(300), modules(80))
    first = [family.samples for family in bot.collector.collect()]
    assert [family.samples for family in bot.collector.collect()] == first


def test_slots_move_with_a_census_and_not_with_scrapes(bot):
    before = census(types(300), time_seconds=1_000.0)
    bot.last = before
    list(bot.registry.collect())
    leaking = TypeCount("bot.Type299", 1_000, 8_000)
    bot.last = census((*types(300)[:-1], leaking), time_seconds=1_010.0)
    assert bot.series("botvitals_objects", "type")["bot.Type299"] == 1_000


def test_growth_is_known_at_the_first_scrape_when_each_census_is_handed_on(bot):
    bot.collector.take(census(types(300), time_seconds=1_000.0))
    bot.last = census((*types(300)[:-1], TypeCount("bot.Type299", 1_000, 8_000)), time_seconds=1_010.0)
    bot.collector.take(bot.last)
    assert "bot.Type299" in bot.series("botvitals_objects", "type")


def test_two_classes_of_one_name_are_one_series(bot):
    bot.last = census((TypeCount("bot.Row", 2, 200), TypeCount("bot.Row", 1, 100)))
    assert bot.series("botvitals_objects", "type") == {"bot.Row": 3}
    assert bot.series("botvitals_object_bytes", "type") == {"bot.Row": 300}


def test_a_census_that_grew_old_is_withdrawn(bot):
    bot.last = census()
    assert bot.registry.get_sample_value("botvitals_heap_objects") == 175_843
    assert bot.registry.get_sample_value("botvitals_collector_up", {"collector": "heap"}) == 1
    bot.last = None
    assert bot.registry.get_sample_value("botvitals_heap_objects") is None
    assert bot.registry.get_sample_value("botvitals_collector_up", {"collector": "heap"}) == 0


def test_before_a_census_was_tried_it_is_neither_up_nor_down():
    untried = CensusStatus(None, None, 10.0, {("inline", "ok"): 0, ("inline", "error"): 0}, census_status(None).pauses)
    registry = registry_of([HeapCollector(lambda: untried, failures().say_safely)])
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "heap"}) is None


def test_memory_that_objects_do_not_explain_may_be_negative(bot):
    reading = census()
    bot.last = CensusReading("inline", 1.0, 0.0, 0.0, 0.0, reading.types, reading.modules, -1_024)
    assert bot.registry.get_sample_value("botvitals_unexplained_memory_bytes") == -1_024


def test_scrapes_that_come_at_once_choose_once(bot):
    bot.last = census(types(300), modules(80))
    seen = []
    scrapes = [threading.Thread(target=lambda: seen.append(bot.collector.collect())) for _ in range(8)]
    for scrape in scrapes:
        scrape.start()
    for scrape in scrapes:
        scrape.join()
    assert len(seen) == 8
    assert all(families is seen[0] for families in seen)
    assert len(bot.said) == 1
