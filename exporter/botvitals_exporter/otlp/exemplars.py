"""From an exemplar of a scrape to OpenTelemetry's."""

from opentelemetry.sdk.metrics import Exemplar as OtlpExemplar
from prometheus_client.samples import Exemplar

from botvitals_exporter.otlp.times import nanoseconds


def otlp_exemplar(exemplar: Exemplar) -> OtlpExemplar:
    """Return `exemplar` with its labels `trace_id` and `span_id` (hexadecimal) as ids, others as attributes."""
    attributes = dict(exemplar.labels)
    trace_id, span_id = attributes.pop("trace_id", ""), attributes.pop("span_id", "")
    return OtlpExemplar(
        filtered_attributes=attributes,
        value=float(exemplar.value),
        time_unix_nano=0 if exemplar.timestamp is None else nanoseconds(float(exemplar.timestamp)),
        span_id=int(span_id, 16) if span_id else None,
        trace_id=int(trace_id, 16) if trace_id else None,
    )
