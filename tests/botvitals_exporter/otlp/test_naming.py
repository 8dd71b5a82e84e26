"""The OTLP names, by Prometheus's own rules: https://github.com/prometheus/otlptranslator, metric_namer.go."""

import re
from collections import Counter

import pytest

from botvitals_exporter.metrics_table import declared_metrics
from botvitals_exporter.otlp.naming import otlp_name, otlp_unit

# `target_info` comes from the resource.
PUSHED = [metric for metric in declared_metrics() if metric.name != "target_info"]
PROMETHEUS_UNITS = {"By": "bytes", "s": "seconds", "1": "", "": ""}


def name_in_prometheus(name: str, unit: str, kind: str) -> str:
    """What Prometheus 3 makes of an OTLP metric where it escapes names and adds suffixes, which is its default."""
    tokens = [token for token in re.split("[^a-zA-Z0-9:]", name) if token]
    suffix = PROMETHEUS_UNITS[unit]
    if suffix and suffix not in tokens:
        tokens.append(suffix)
    if kind == "counter":
        tokens = [token for token in tokens if token != "total"] + ["total"]
    if unit == "1" and kind in ("gauge", "info"):
        tokens = [token for token in tokens if token != "ratio"] + ["ratio"]
    return "_".join(tokens)


@pytest.mark.parametrize("metric", PUSHED, ids=lambda metric: metric.name)
def test_prometheus_gives_back_the_name_that_is_scraped(metric):
    name, unit = otlp_name(metric.name, metric.unit), otlp_unit(metric.unit)
    assert name_in_prometheus(name, unit, metric.kind) == metric.name


@pytest.mark.parametrize("metric", PUSHED, ids=lambda metric: metric.name)
def test_only_ratios_carry_the_unit_1(metric):
    assert (otlp_unit(metric.unit) == "1") == metric.name.endswith("_ratio")


def test_no_two_metrics_have_one_name():
    assert Counter(otlp_name(metric.name, metric.unit) for metric in PUSHED).most_common(1)[0][1] == 1


@pytest.mark.parametrize("metric", PUSHED, ids=lambda metric: metric.name)
def test_a_name_is_namespaces_joined_by_dots_and_words_by_underscores(metric):
    assert re.fullmatch(r"botvitals(\.[a-z]+(_[a-z]+)*){1,2}", otlp_name(metric.name, metric.unit))


@pytest.mark.parametrize(
    ("scraped", "unit", "name", "otlp"),
    [
        ("botvitals_process_resident_memory_bytes", "bytes", "botvitals.process.resident_memory", "By"),
        ("botvitals_process_memory_bytes", "bytes", "botvitals.process.memory", "By"),
        ("botvitals_process_memory_ratio", "ratio", "botvitals.process.memory_ratio", "1"),
        ("botvitals_process_cpu_seconds_total", "seconds", "botvitals.process.cpu", "s"),
        ("botvitals_process_open_fds", "", "botvitals.process.open_fds", ""),
        ("botvitals_objects", "", "botvitals.objects", ""),
        ("botvitals_object_bytes", "bytes", "botvitals.object", "By"),
        ("botvitals_heap_object_bytes", "bytes", "botvitals.heap.object", "By"),
        ("botvitals_unexplained_memory_bytes", "bytes", "botvitals.unexplained_memory", "By"),
        ("botvitals_gc_collections_total", "", "botvitals.gc.collections", ""),
        ("botvitals_event_loop_lag_seconds", "seconds", "botvitals.event_loop.lag", "s"),
        ("botvitals_operation_duration_seconds", "seconds", "botvitals.operation.duration", "s"),
        ("botvitals_operations_in_progress", "", "botvitals.operations.in_progress", ""),
        ("botvitals_operations_abandoned_total", "", "botvitals.operations.abandoned", ""),
        ("botvitals_collector_up", "", "botvitals.collector.up", ""),
        ("botvitals_spans_dropped_total", "", "botvitals.spans.dropped", ""),
        ("botvitals_build_info", "", "botvitals.build.info", ""),
    ],
)
def test_names_and_units(scraped, unit, name, otlp):
    assert (otlp_name(scraped, unit), otlp_unit(unit)) == (name, otlp)
