import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics.export import AggregationTemporality, Gauge, Histogram, Sum
from opentelemetry.sdk.resources import Resource
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.samples import Exemplar, Timestamp

from botvitals_exporter.collectors.vitals import Vitals
from botvitals_exporter.metric import Metric
from botvitals_exporter.metrics_table import declared_metrics
from botvitals_exporter.otlp.naming import otlp_name
from botvitals_exporter.otlp.translation import metrics_data
from botvitals_exporter.readings import ModuleCount, TypeCount
from support_vitals import AWKWARD_NAMES, BUILD, all_collectors, census, failures

NOW = 1_700_000_200.5
RESOURCE = Resource({"service.name": "face-swap-bot"})


def translated(families):
    [resource_metrics] = metrics_data(families, RESOURCE, NOW).resource_metrics
    assert resource_metrics.resource is RESOURCE
    [scope_metrics] = resource_metrics.scope_metrics
    assert scope_metrics.scope.name == "botvitals"
    return {metric.name: metric for metric in scope_metrics.metrics}


def all_families(*arguments):
    return list(Vitals(all_collectors(*arguments), failures()).collect())


@pytest.fixture
def metrics():
    return translated(all_families())


def test_every_declared_metric_is_there_but_for_target_info(metrics):
    assert set(metrics) == {otlp_name(metric.name, metric.unit) for metric in declared_metrics()} - {
        "botvitals.target_info"
    }


def test_a_kind_stays_what_it_is(metrics):
    kinds = {"gauge": Gauge, "info": Gauge, "counter": Sum, "histogram": Histogram}
    for metric in declared_metrics():
        if metric.name != "target_info":
            assert isinstance(metrics[otlp_name(metric.name, metric.unit)].data, kinds[metric.kind])


def test_a_gauge_has_the_scraped_labels_and_value_and_the_time_of_the_push(metrics):
    memory = metrics["botvitals.process.memory"]
    assert (memory.unit, memory.description.startswith("What the bot's memory")) == ("By", True)
    assert {point.attributes["kind"]: point.value for point in memory.data.data_points} == {
        "anonymous": 41943040.0,
        "file": 5242880.0,
    }
    assert {point.time_unix_nano for point in memory.data.data_points} == {1_700_000_200_500_000_000}


def test_a_counter_is_cumulative_and_says_since_when(metrics):
    cpu = metrics["botvitals.process.cpu"].data
    [point] = cpu.data_points
    assert (cpu.is_monotonic, cpu.aggregation_temporality) == (True, AggregationTemporality.CUMULATIVE)
    assert (point.value, point.start_time_unix_nano) == (2.5, 1_000_000_000_000)


def test_a_counter_of_unknown_age_claims_no_start(metrics):
    [point] = metrics["botvitals.oom.kills"].data.data_points
    assert (point.value, point.start_time_unix_nano) == (1.0, 0)


def test_an_info_is_a_gauge_of_1_without_a_unit(metrics):
    build = metrics["botvitals.build.info"]
    [point] = build.data.data_points
    assert (build.unit, point.value) == ("", 1.0)
    assert (point.attributes["mode"], point.attributes["engine"]) == (BUILD.mode, BUILD.engine)


def test_a_histogram_has_the_declared_buckets_each_counted_by_itself(metrics):
    declared = next(metric for metric in declared_metrics() if metric.name == "botvitals_gc_pause_seconds")
    pauses = metrics["botvitals.gc.pause"].data
    assert pauses.aggregation_temporality is AggregationTemporality.CUMULATIVE
    points = {point.attributes["generation"]: point for point in pauses.data_points}
    assert points["2"].explicit_bounds == list(declared.buckets)
    assert points["2"].bucket_counts == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]
    assert (points["2"].count, points["2"].sum) == (2, 7.3)
    assert points["2"].start_time_unix_nano == 1_700_000_000_000_000_000
    assert "le" not in points["2"].attributes


@pytest.mark.parametrize("timestamp", [1_700_000_100.25, Timestamp(1_700_000_100, 250_000_000)])
def test_an_exemplar_keeps_its_trace_span_value_and_time(timestamp):
    family = HistogramMetricFamily("botvitals_operation_duration_seconds", "How long", unit="seconds")
    labels = {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
    for bound, count, exemplar in (("0.5", 1, None), ("+Inf", 2, Exemplar(labels, 0.7, timestamp))):
        family.add_sample(family.name + "_bucket", {"le": bound}, count, exemplar=exemplar)
    family.add_sample(family.name + "_sum", {}, 1.0)
    [point] = translated([family])["botvitals.operation.duration"].data.data_points
    [exemplar] = point.exemplars
    assert exemplar.trace_id == 0x0AF7651916CD43DD8448EB211C80319C
    assert exemplar.span_id == 0xB7AD6B7169203331
    assert (exemplar.value, exemplar.time_unix_nano) == (0.7, 1_700_000_100_250_000_000)
    assert exemplar.filtered_attributes == {}


def test_an_exemplar_without_ids_and_time_is_no_harm():
    family = HistogramMetricFamily("botvitals_operation_duration_seconds", "How long", unit="seconds")
    family.add_sample(family.name + "_bucket", {"le": "+Inf"}, 1, exemplar=Exemplar({"kind": "odd"}, 0.7))
    family.add_sample(family.name + "_sum", {}, 0.7)
    [point] = translated([family])["botvitals.operation.duration"].data.data_points
    [exemplar] = point.exemplars
    assert (exemplar.trace_id, exemplar.span_id, exemplar.time_unix_nano) == (None, None, 0)
    assert exemplar.filtered_attributes == {"kind": "odd"}


def test_awkward_names_can_be_encoded():
    types = tuple(TypeCount(name, number, 100 * number) for number, name in enumerate(AWKWARD_NAMES, start=1))
    families = all_families(census(types, (ModuleCount("bot", 21, 2100),)))
    request = encode_metrics(metrics_data(families, RESOURCE, NOW))
    [scope_metrics] = request.resource_metrics[0].scope_metrics
    objects = next(metric for metric in scope_metrics.metrics if metric.name == "botvitals.objects")
    names = {point.attributes[0].value.string_value for point in objects.gauge.data_points}
    assert {'bot.make."quoted"', "bot.line\nbreak", "bot.lone?surrogate", "bot.消息"} < names


def test_an_unknown_least_and_greatest_are_left_out_of_what_is_sent():
    request = encode_metrics(metrics_data(all_families(), RESOURCE, NOW))
    [scope_metrics] = request.resource_metrics[0].scope_metrics
    points = [point for metric in scope_metrics.metrics for point in metric.histogram.data_points]
    assert points
    assert not any(point.HasField("min") or point.HasField("max") for point in points)


def test_a_metric_declared_tomorrow_is_taken_in():
    metric = Metric("botvitals_reply_delay_seconds", "gauge", "Delay", unit="seconds", labels=("chat",))
    delay = translated([metric.family([(("a",), 2.0)])])["botvitals.reply_delay"]
    assert (delay.unit, delay.data.data_points[0].attributes) == ("s", {"chat": "a"})
