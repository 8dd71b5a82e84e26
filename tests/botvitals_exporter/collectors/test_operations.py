from prometheus_client.exposition import generate_latest as as_text
from prometheus_client.openmetrics.exposition import generate_latest as as_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from botvitals_exporter.collectors.operations import OperationsCollector
from botvitals_exporter.sources.operation_histograms import OPERATION_SLOTS
from botvitals_exporter.sources.operations import OperationsSource
from support_operations import EPOCH, SPAN_ID, TRACE_ID, FakeTimers, operation, traced
from support_vitals import registry_of


def published(*operations, timers=None, say=print):
    timers = timers or FakeTimers()
    source = OperationsSource(timers, lambda: EPOCH)
    source.watch()
    timers.finish(*operations)
    return registry_of([OperationsCollector(source.read, EPOCH, say)])


def test_a_first_error_comes_after_a_zero():
    timers = FakeTimers()
    timers.names = ["reply"]
    registry = published(timers=timers)
    labels = {"operation": "reply", "outcome": "error"}
    assert registry.get_sample_value("botvitals_operation_duration_seconds_count", labels) == 0
    timers.finish(operation("reply", 1.0, "error"))
    assert registry.get_sample_value("botvitals_operation_duration_seconds_count", labels) == 1
    assert registry.get_sample_value("botvitals_operation_duration_seconds_created", labels) == EPOCH


def test_openmetrics_shows_the_span_of_the_latest_observation_of_a_bucket():
    families = {
        family.name: family
        for family in parse_openmetrics(as_openmetrics(published(traced(SPAN_ID, 0.7, ("state", 0.3)))).decode())
    }
    for name, values in (("duration", {0.7}), ("checkpoint", {0.3, 0.7 - 0.3})):
        found = [
            sample.exemplar for sample in families[f"botvitals_operation_{name}_seconds"].samples if sample.exemplar
        ]
        assert {each.value for each in found} == values
        for each in found:
            assert each.labels == {"trace_id": TRACE_ID, "span_id": SPAN_ID}
            assert float(each.timestamp) == EPOCH + 0.7
            assert sum(len(key) + len(value) for key, value in each.labels.items()) <= 128


def test_an_exemplar_stands_at_the_bucket_that_its_value_is_in():
    samples = [
        sample
        for family in parse_openmetrics(as_openmetrics(published(traced(SPAN_ID, 0.5), traced(SPAN_ID, 999))).decode())
        for sample in family.samples
        if sample.exemplar and sample.labels.get("outcome") == "ok"
    ]
    assert [(sample.labels["le"], sample.exemplar.value) for sample in samples] == [("0.5", 0.5), ("+Inf", 999)]


def test_the_text_format_has_no_exemplars():
    text = as_text(published(traced())).decode()
    assert 'botvitals_operation_duration_seconds_bucket{le="1.0",operation="reply",outcome="ok"} 1.0\n' in text
    assert TRACE_ID not in text


def test_running_and_abandoned_operations_are_published():
    timers = FakeTimers()
    timers.names, timers.running, timers.given_up = ["reply"], {"reply": 3}, {"reply": 1}
    registry = published(timers=timers)
    assert registry.get_sample_value("botvitals_operations_in_progress", {"operation": "reply"}) == 3
    assert registry.get_sample_value("botvitals_operations_abandoned_total", {"operation": "reply"}) == 1


def test_too_many_operations_are_said_once():
    said = []
    registry = published(*(operation("x" * (number + 1)) for number in range(OPERATION_SLOTS + 1)), say=said.append)
    as_text(registry)
    as_text(registry)
    [line] = said
    assert "__other__" in line


def test_a_bot_without_timers_has_no_series_of_operations():
    assert b"botvitals_operation" not in as_text(published())


def test_a_name_of_any_kind_survives_a_scrape():
    names = ('make."quoted"', "back\\slash", "line\nbreak", "lone\udc80surrogate", "消息", "x" * 500, "")
    registry = published(*(operation(name, 1.0, "ok", (name, 0.5)) for name in names))
    families = list(parse_openmetrics(as_openmetrics(registry).decode()))
    found = {
        sample.labels["operation"] for family in families for sample in family.samples if "outcome" in sample.labels
    }
    assert found == {
        'make."quoted"',
        "back\\slash",
        "line\nbreak",
        "lone?surrogate",
        "消息",
        "x" * 120,
        "operation",
    }


def test_a_secret_in_a_name_is_not_published():
    token = "123456789:" + "A" * 35
    text = as_openmetrics(published(operation(f"bot {token}", 1.0, "ok", (f"url {token}", 0.5)))).decode()
    assert "AAAA" not in text
