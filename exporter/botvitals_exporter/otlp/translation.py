"""From the metric families of a scrape to OpenTelemetry's data model. Pure: families go in, `MetricsData` comes out."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    DataT,
    Gauge,
    HistogramDataPoint,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Histogram as OtlpHistogram
from opentelemetry.sdk.metrics.export import Metric as OtlpMetric
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.samples import Exemplar, Sample

from botvitals.version import __version__
from botvitals_exporter.otlp.exemplars import otlp_exemplar
from botvitals_exporter.otlp.naming import otlp_name, otlp_unit
from botvitals_exporter.otlp.times import nanoseconds

_SCOPE = InstrumentationScope("botvitals", __version__)
_CUMULATIVE = AggregationTemporality.CUMULATIVE

# The smallest and largest observation are not known. OTLP lets them be left out, which the SDK's types do not say.
_NOT_KNOWN: Any = None

# OTLP for "not known when": a moment that is only made up shows as an increase that never was.
_NO_START = 0

Labels = tuple[tuple[str, str], ...]


def metrics_data(families: Iterable[Family], resource: Resource, time_seconds: float) -> MetricsData:
    """Return `families` as read at `time_seconds` (since the epoch), to be exported as the metrics of `resource`.

    `target_info` is left out: Prometheus makes it of the resource.
    """
    time_nanoseconds = nanoseconds(time_seconds)
    metrics = [_metric(family, time_nanoseconds) for family in families if family.name != "target"]
    return MetricsData([ResourceMetrics(resource, [ScopeMetrics(_SCOPE, metrics, "")], "")])


def _metric(family: Family, time_nanoseconds: int) -> OtlpMetric:
    """Return the metric of `family`; an info is a gauge of 1, under the name that it is scraped by."""
    name = family.name + "_info" if family.type == "info" else family.name
    return OtlpMetric(
        otlp_name(name, family.unit), family.documentation, otlp_unit(family.unit), _data(family, time_nanoseconds)
    )


def _data(family: Family, time_nanoseconds: int) -> DataT:
    if family.type == "histogram":
        return OtlpHistogram(list(_histogram_points(family, time_nanoseconds)), _CUMULATIVE)
    if family.type == "counter":
        return Sum(list(_number_points(family, time_nanoseconds)), _CUMULATIVE, is_monotonic=True)
    return Gauge(list(_number_points(family, time_nanoseconds)))


def _number_points(family: Family, time_nanoseconds: int) -> Iterator[NumberDataPoint]:
    starts = _starts(family)
    for sample in family.samples:
        if not sample.name.endswith("_created"):
            start = starts.get(_labels(sample), _NO_START)
            yield NumberDataPoint(sample.labels, start, time_nanoseconds, float(sample.value))


def _histogram_points(family: Family, time_nanoseconds: int) -> Iterator[HistogramDataPoint]:
    """Yield a point for each set of labels; OTLP counts each bucket by itself, Prometheus all below its bound."""
    starts = _starts(family)
    sums = {_labels(sample): sample.value for sample in family.samples if sample.name.endswith("_sum")}
    buckets: dict[Labels, list[tuple[float, int, Exemplar | None]]] = {}
    for sample in family.samples:
        if sample.name.endswith("_bucket"):
            row = (float(sample.labels["le"]), int(sample.value), sample.exemplar)
            buckets.setdefault(_labels(sample), []).append(row)
    for labels, rows in buckets.items():
        cumulative = [count for _, count, _ in rows]
        yield HistogramDataPoint(
            attributes=dict(labels),
            start_time_unix_nano=starts.get(labels, _NO_START),
            time_unix_nano=time_nanoseconds,
            count=cumulative[-1],
            sum=float(sums[labels]),
            bucket_counts=[after - before for before, after in pairwise((0, *cumulative))],
            explicit_bounds=[bound for bound, _, _ in rows[:-1]],
            min=_NOT_KNOWN,
            max=_NOT_KNOWN,
            exemplars=[otlp_exemplar(exemplar) for _, _, exemplar in rows if exemplar is not None],
        )


def _starts(family: Family) -> dict[Labels, int]:
    """Return since when each set of labels has been counted, where that is known."""
    return {_labels(sample): nanoseconds(sample.value) for sample in family.samples if sample.name.endswith("_created")}


def _labels(sample: Sample) -> Labels:
    return tuple((name, value) for name, value in sample.labels.items() if name != "le")
