"""A whole scrape, compared with a file; with WRITE_FIXTURES=1 in the environment the files are written anew."""

import os
from pathlib import Path

import pytest
from prometheus_client.exposition import generate_latest as as_text
from prometheus_client.openmetrics.exposition import generate_latest as as_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from botvitals_exporter.metrics_table import declared_metrics
from botvitals_exporter.readings import ModuleCount, TypeCount
from support_vitals import AWKWARD_NAMES, all_collectors, census, registry_of

FIXTURES = Path(__file__).parent / "fixtures"
FORMATS = {"exposition.txt": (as_text, parse_text), "exposition.openmetrics.txt": (as_openmetrics, parse_openmetrics)}


@pytest.mark.parametrize("name", FORMATS)
def test_a_scrape_of_fixed_readings_is_the_file(name):
    render, _ = FORMATS[name]
    exposition = render(registry_of(all_collectors())).decode()
    if os.environ.get("WRITE_FIXTURES"):
        (FIXTURES / name).write_text(exposition, encoding="utf-8")
    assert exposition == (FIXTURES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_a_scrape_holds_every_declared_metric_and_no_other(name):
    _, parse = FORMATS[name]
    families = {
        family.name: family
        for family in parse((FIXTURES / name).read_text(encoding="utf-8"))
        if not family.name.endswith("_created")
    }
    sample_names = {sample.name for family in families.values() for sample in family.samples}
    for metric in declared_metrics():
        assert (metric.name + "_count" if metric.kind == "histogram" else metric.name) in sample_names
    assert len(families) == len(declared_metrics())


def test_openmetrics_carries_units_and_created_times():
    families = {
        family.name: family
        for family in parse_openmetrics((FIXTURES / "exposition.openmetrics.txt").read_text(encoding="utf-8"))
    }
    assert families["botvitals_process_memory_ratio"].unit == "ratio"
    assert families["botvitals_process_cpu_seconds"].unit == "seconds"
    for name in ("botvitals_errors", "botvitals_censuses", "botvitals_census_pause_seconds"):
        created = [sample.value for sample in families[name].samples if sample.name == name + "_created"]
        assert set(created) == {1_700_000_000.0}


def test_histogram_buckets_are_cumulative_and_end_with_all():
    families = {
        family.name: family
        for family in parse_openmetrics((FIXTURES / "exposition.openmetrics.txt").read_text(encoding="utf-8"))
    }
    buckets = [
        sample.value
        for sample in families["botvitals_census_pause_seconds"].samples
        if sample.name == "botvitals_census_pause_seconds_bucket"
    ]
    assert buckets == [1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]


@pytest.mark.parametrize("name", FORMATS)
def test_awkward_type_names_survive_a_scrape(name):
    render, parse = FORMATS[name]
    types = tuple(TypeCount(type_name, number, 100 * number) for number, type_name in enumerate(AWKWARD_NAMES, start=1))
    modules = (ModuleCount("bot", 21, 2100),)
    exposition = render(registry_of(all_collectors(census(types, modules)))).decode()
    published = {
        sample.labels["type"]: sample.value
        for family in parse(exposition)
        if family.name == "botvitals_objects"
        for sample in family.samples
    }
    assert published == {
        'bot.make."quoted"': 1,
        "bot.back\\slash": 2,
        "bot.line\nbreak": 3,
        "bot.lone?surrogate": 4,
        ("bot." + "Long" * 40)[:120]: 5,
        "bot.消息": 6,
    }


def test_types_that_look_alike_once_published_are_added_up():
    types = (TypeCount("bot." + "x" * 200 + "1", 1, 10), TypeCount("bot." + "x" * 200 + "2", 2, 20))
    registry = registry_of(all_collectors(census(types)))
    assert registry.get_sample_value("botvitals_object_bytes", {"type": "bot." + "x" * 116}) == 30
