from botvitals_exporter.collectors.census import CensusCollector
from botvitals_exporter.readings import CENSUS_OUTCOMES, CensusStatus
from support_vitals import census, census_status, registry_of


def test_every_outcome_of_an_engine_exists_so_that_a_first_failure_counts():
    registry = registry_of([CensusCollector(lambda: census_status(census()))])
    counts = {
        outcome: registry.get_sample_value("botvitals_censuses_total", {"engine": "inline", "outcome": outcome})
        for outcome in CENSUS_OUTCOMES
    }
    assert counts == dict.fromkeys(CENSUS_OUTCOMES, 0) | {"ok": 6, "no_memory": 1}


def test_what_censuses_cost_stays_when_the_last_good_one_is_withdrawn():
    statuses = [census_status(census())]
    registry = registry_of([CensusCollector(lambda: statuses[-1])])
    list(registry.collect())
    fresh = statuses[-1]
    statuses.append(CensusStatus(None, fresh.last_success_seconds, 30.0, {("inline", "no_memory"): 9}, fresh.pauses))
    assert registry.get_sample_value("botvitals_census_duration_seconds") == 1.75
    assert registry.get_sample_value("botvitals_census_last_success_timestamp_seconds") == 1_700_000_100.5
    assert registry.get_sample_value("botvitals_census_interval_seconds") == 30
    assert registry.get_sample_value("botvitals_census_pause_seconds_count") == 2


def test_before_the_first_census_there_is_an_interval_and_no_duration():
    registry = registry_of([CensusCollector(lambda: census_status(None))])
    assert registry.get_sample_value("botvitals_census_interval_seconds") == 10
    assert registry.get_sample_value("botvitals_census_duration_seconds") is None
    assert registry.get_sample_value("botvitals_census_last_success_timestamp_seconds") is None
