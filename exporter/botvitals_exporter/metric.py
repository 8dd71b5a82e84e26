"""How a metric is declared once, and how readings become families of it at a scrape."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from prometheus_client import samples
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric as Family

from botvitals.redaction import redact
from botvitals_exporter.histogram import Exemplar, HistogramReading

PREFIX = "botvitals_"
LABEL_LENGTH = 120
PAUSE_BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
OPERATION_BUCKETS_SECONDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0),
)

LabelValues = tuple[str, ...]

# A name is cut to this before it is cleaned, so that a secret at its end is still whole when it is looked for.
_LONGEST_LOOKED_AT = 4 * LABEL_LENGTH


@dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of a metric: the only place of its name, help, type, unit, labels and buckets.

    `name` is the name that one queries: a counter ends in `_total`, an info in `_info`. `help` is English and goes
    through `botvitals.language.mark`, since the docs' table is translated.
    """

    name: str
    kind: Literal["gauge", "counter", "histogram", "info"]
    help: str
    unit: str = ""
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    def empty(self) -> Family:
        """Return the family without samples, as `describe()` announces it."""
        if self.kind == "gauge":
            return GaugeMetricFamily(self.name, self.help, labels=self.labels, unit=self.unit)
        if self.kind == "counter":
            return CounterMetricFamily(self.name, self.help, labels=self.labels, unit=self.unit)
        if self.kind == "histogram":
            return HistogramMetricFamily(self.name, self.help, labels=self.labels, unit=self.unit)
        return InfoMetricFamily(self.name.removesuffix("_info"), self.help, labels=())

    def family(self, samples: Iterable[tuple[Sequence[str], float]], created_seconds: float | None = None) -> Family:
        """Return the family of a gauge or counter with one sample for each pair of label values and value.

        Values whose labels come out alike, once made safe to publish, are added up. `created_seconds` is when a counter
        began to count. What is no number raises here, where it costs one collector, not in the middle of a scrape.
        """
        merged: dict[LabelValues, float] = {}
        for values, value in samples:
            labels = tuple(map(safe_label, values))
            merged[labels] = merged.get(labels, 0.0) + float(value)
        family = self.empty()
        sample_name = self.name
        for labels, value in merged.items():
            named = dict(zip(self.labels, labels, strict=True))
            family.add_sample(sample_name, named, value)
            if created_seconds is not None:
                family.add_sample(self.name.removesuffix("_total") + "_created", named, created_seconds)
        return family

    def value(self, value: float | None, created_seconds: float | None = None) -> Family:
        """Return the family of a gauge or counter without labels; without a sample where `value` is None."""
        return self.family([] if value is None else [((), value)], created_seconds)

    def histograms(self, readings: Iterable[tuple[Sequence[str], HistogramReading]]) -> Family:
        """Return the family of a histogram with one set of buckets for each pair of label values and reading.

        Exemplars go along with their buckets; only OpenMetrics shows them.
        """
        family = self.empty()
        for values, reading in readings:
            labels = dict(zip(self.labels, map(safe_label, values), strict=True))
            cumulative = 0
            uppers = (*map(repr, reading.bounds), "+Inf")
            exemplars = reading.exemplars or (None,) * len(uppers)
            for upper, count, exemplar in zip(uppers, reading.counts, exemplars, strict=True):
                cumulative += count
                family.add_sample(
                    self.name + "_bucket", {**labels, "le": upper}, cumulative, exemplar=_published(exemplar)
                )
            family.add_sample(self.name + "_count", labels, cumulative)
            family.add_sample(self.name + "_sum", labels, float(reading.total))
            family.add_sample(self.name + "_created", labels, float(reading.created_seconds))
        return family

    def info(self, values: Mapping[str, str]) -> Family:
        """Return the family of an info with these labels, value 1."""
        family = self.empty()
        family.add_sample(self.name, {key: safe_label(value) for key, value in values.items()}, 1)
        return family


def _published(exemplar: Exemplar | None) -> samples.Exemplar | None:
    """Return `exemplar` as prometheus_client takes it: 63 characters of labels, of the 128 that OpenMetrics allows."""
    if exemplar is None:
        return None
    span = exemplar.span
    return samples.Exemplar({"trace_id": span.trace_id, "span_id": span.span_id}, exemplar.value, span.time_seconds)


def safe_label(value: str) -> str:
    """Return `value` as a label may carry it: free of secrets, at most 120 characters, no lone surrogates.

    One lone surrogate makes a whole scrape fail.
    """
    return _clean(value[:_LONGEST_LOOKED_AT])


# The same names come back with every scrape; the bound holds more of them than there are series.
@lru_cache(maxsize=2048)
def _clean(value: str) -> str:
    return redact(value)[:LABEL_LENGTH].encode("utf-8", "replace").decode("utf-8")
