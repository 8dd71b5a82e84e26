import re
from collections import Counter

import pytest

from botvitals.language import gettext
from botvitals_exporter.metrics_table import declared_metrics, metrics_table
from support_language import speaking

METRICS = {metric.name: metric for metric in declared_metrics()}


def test_every_metric_is_declared_once():
    assert Counter(metric.name for metric in declared_metrics()).most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", METRICS)
def test_a_name_says_what_it_is(name):
    metric = METRICS[name]
    assert re.fullmatch(r"(botvitals_[a-z]+(_[a-z]+)*)|target_info", name)
    assert name.endswith("_total") == (metric.kind == "counter")
    assert name.endswith("_info") == (metric.kind == "info")
    # A gauge must not end like a part of a histogram or counter: promtool complains.
    assert not name.endswith(("_bucket", "_count", "_sum", "_created"))


@pytest.mark.parametrize("name", METRICS)
def test_a_unit_is_declared_where_the_name_has_one(name):
    stem = name.removesuffix("_total")
    named = next((unit for unit in ("bytes", "seconds", "ratio") if stem.endswith("_" + unit)), "")
    assert METRICS[name].unit == named


@pytest.mark.parametrize("name", METRICS)
def test_a_help_is_one_line_without_a_period(name):
    text = METRICS[name].help
    assert text
    assert text == text.strip()
    assert "\n" not in text
    assert not text.endswith(".")


@pytest.mark.parametrize("name", METRICS)
def test_a_help_is_in_the_chinese_catalogue(name):
    with speaking("zh"):
        assert gettext(METRICS[name].help) != METRICS[name].help


def test_only_histograms_have_buckets_and_they_rise():
    for metric in declared_metrics():
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert list(metric.buckets) == sorted(set(metric.buckets))


def test_no_label_is_a_pid_or_a_reserved_word():
    labels = {label for metric in declared_metrics() for label in metric.labels}
    assert labels.isdisjoint({"pid", "le", "quantile", "job", "instance", "user", "command"})


def test_the_table_has_a_row_for_each_metric():
    lines = metrics_table().splitlines()
    assert lines[:2] == ["| metric | type, labels | meaning |", "| --- | --- | --- |"]
    assert len(lines) == 2 + len(METRICS)
    assert "| `botvitals_objects` | gauge `type` | Python objects by type |" in lines


def test_the_table_speaks_chinese():
    with speaking("zh"):
        table = metrics_table()
    assert "| `botvitals_objects` | 仪表 `type` | 各类型的 Python 对象数 |" in table
    assert table.splitlines()[0] == "| 指标 | 类型、标签 | 含义 |"


def test_no_cell_breaks_the_table():
    for language in ("en", "zh"):
        with speaking(language):
            assert all(line.count("|") == 4 for line in metrics_table().splitlines())
