"""Finished spans as OTLP JSON lines, which Jaeger's page and the OpenTelemetry Collector's file receiver read."""

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from botvitals.language import gettext as _
from botvitals_exporter.failures import Failures
from botvitals_exporter.recorders.rotating_file import MAX_BYTES, RotatingFile

# Where protobuf's own JSON writes base64 and OTLP's wants hexadecimal:
# https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
_IDS = ("traceId", "spanId", "parentSpanId")


class SpansFile(SpanExporter):
    """Appends each batch to the file at `path` as one line, an ExportTraceServiceRequest, bounded by `max_bytes`.

    The package `opentelemetry-exporter-otlp-json-file` is not used: its file grows without a bound, it raises where the
    file cannot be opened, and it pins a beta that may not go with what the stock OTLP exporter pins. What cannot be
    written is said once for each reason and counted as a failure of `output`.
    """

    def __init__(self, path: Path, failures: Failures, *, max_bytes: int = MAX_BYTES) -> None:
        self._file = RotatingFile(path, max_bytes=max_bytes)
        self._failures = failures

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write `spans` as one line. Raises OSError, which the delivery survives and `note` is told of."""
        self._file.append(otlp_json_line(spans))
        return SpanExportResult.SUCCESS

    def note(self, reason: str) -> None:
        """Count spans that could not be written, and say so once for each reason."""
        message = _("cannot write {path}: {reason}; the bot runs on, these spans are lost")
        self._failures.note("output", message.format(path=self._file.path, reason=reason), kind=f"spans: {reason}")

    def shutdown(self) -> None:
        """Do nothing: the file is open only while it is written."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Do nothing: a line is in the file when `export` returns."""
        return True


def otlp_json_line(spans: Sequence[ReadableSpan]) -> bytes:
    """Return `spans` as one line of OTLP JSON: hexadecimal ids, enums as numbers, 64-bit numbers as strings."""
    request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
    for with_ids in _with_ids(request):
        for key in _IDS:
            if key in with_ids:
                with_ids[key] = base64.b64decode(with_ids[key]).hex()
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def _with_ids(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource_spans in request.get("resourceSpans", ()):
        for scope_spans in resource_spans.get("scopeSpans", ()):
            for span in scope_spans.get("spans", ()):
                yield span
                yield from span.get("links", ())
