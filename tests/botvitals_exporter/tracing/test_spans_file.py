import json
import sys
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode

from botvitals.tracing.delivery import Delivery
from botvitals_exporter.failures import Failures
from botvitals_exporter.tracing.spans_file import SpansFile, otlp_json_line


def a_trace() -> list[ReadableSpan]:
    """A parent and its child, which failed after a checkpoint and links to the parent."""
    provider = TracerProvider(resource=Resource({"service.name": "机器人"}), shutdown_on_exit=False)
    tracer = provider.get_tracer("botvitals", "1.2")
    parent = tracer.start_span("reply", kind=SpanKind.SERVER, start_time=1_700_000_000_123_456_789)
    child = tracer.start_span(
        "api",
        context=trace.set_span_in_context(parent),
        attributes={"botvitals.operation.id": "api_7", "flag": True, "number": 7, "share": 0.5},
        links=[trace.Link(parent.get_span_context())],
        start_time=1_700_000_000_200_000_000,
    )
    child.add_event("sent", {"botvitals.checkpoint.elapsed": 0.25}, timestamp=1_700_000_000_450_000_000)
    child.set_status(Status(StatusCode.ERROR, "timed out"))
    child.end(1_700_000_000_700_000_000)
    parent.end(1_700_000_001_000_000_000)
    return [span for span in (child, parent) if isinstance(span, ReadableSpan)]


def test_a_line_is_a_request_as_the_otlp_json_encoding_wants_it() -> None:
    child, parent = a_trace()
    line = otlp_json_line([child, parent])
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    (resource_spans,) = json.loads(line)["resourceSpans"]
    assert resource_spans["resource"]["attributes"] == [{"key": "service.name", "value": {"stringValue": "机器人"}}]
    (scope_spans,) = resource_spans["scopeSpans"]
    assert scope_spans["scope"] == {"name": "botvitals", "version": "1.2"}
    api, reply = scope_spans["spans"]
    trace_id, parent_id = f"{parent.context.trace_id:032x}", f"{parent.context.span_id:016x}"
    assert (api["traceId"], api["spanId"]) == (trace_id, f"{child.context.span_id:016x}")
    assert api["parentSpanId"] == parent_id
    assert (api["links"][0]["traceId"], api["links"][0]["spanId"]) == (trace_id, parent_id)
    assert (reply["kind"], api["kind"]) == (2, 1)
    assert api["status"] == {"code": 2, "message": "timed out"}
    assert (api["startTimeUnixNano"], api["endTimeUnixNano"]) == ("1700000000200000000", "1700000000700000000")
    assert api["events"] == [
        {
            "name": "sent",
            "timeUnixNano": "1700000000450000000",
            "attributes": [{"key": "botvitals.checkpoint.elapsed", "value": {"doubleValue": 0.25}}],
        }
    ]
    assert {item["key"]: item["value"] for item in api["attributes"]} == {
        "botvitals.operation.id": {"stringValue": "api_7"},
        "flag": {"boolValue": True},
        "number": {"intValue": "7"},
        "share": {"doubleValue": 0.5},
    }
    assert "parentSpanId" not in reply


def test_each_batch_is_one_line_more(tmp_path: Path) -> None:
    file = SpansFile(tmp_path / "spans.jsonl", Failures(pytest.fail))
    for span in a_trace():
        file.export([span])
    names = [
        json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"]
        for line in (tmp_path / "spans.jsonl").read_text().splitlines()
    ]
    assert names == ["api", "reply"]


def test_the_file_is_bounded(tmp_path: Path) -> None:
    file = SpansFile(tmp_path / "spans.jsonl", Failures(pytest.fail), max_bytes=3000)
    for _ in range(20):
        file.export(a_trace())
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"spans.jsonl", "spans.jsonl.1"}
    assert max(sizes.values()) <= 3000


@pytest.mark.skipif(sys.platform == "win32", reason="a file below a file is another error there")
def test_a_file_that_cannot_be_written_is_said_once_and_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lines: list[str] = []
    failures = Failures(lines.append)
    file = SpansFile(tmp_path / "file" / "spans.jsonl", failures)
    delivery = Delivery(lambda: file, file.note)
    assert [delivery.deliver(a_trace()) for _ in range(3)] == [False, False, False]
    delivery.close()
    assert failures.counts()["output"] == 3
    assert len(lines) == 1
    assert str(tmp_path / "file" / "spans.jsonl") in lines[0]
