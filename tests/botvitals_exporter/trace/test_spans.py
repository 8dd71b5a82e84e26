import asyncio
import contextlib
import json
from typing import Any

import pytest

from botvitals_exporter.trace.spans import Segment, UnusableLineError, decode_spans
from botvitals_exporter.tracing.spans_file import otlp_json_line
from support_recorded_spans import START_NS, Recording
from support_timers import Watched


def line_of(span: dict[str, Any], scope: str = "botvitals") -> bytes:
    scope_spans = [{"scope": {"name": scope}, "spans": [span]}]
    return json.dumps({"resourceSpans": [{"scopeSpans": scope_spans}]}).encode()


def span(**fields: Any) -> dict[str, Any]:
    return {
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "name": "button_click",
        "startTimeUnixNano": "1000000000",
        "endTimeUnixNano": "3000000000",
        **fields,
    }


def test_an_operation_is_read_as_the_exporter_writes_it() -> None:
    recording = Recording()
    recording.operation("photo", 1.0, 2.0, {"user": 0.5, "menu": 1.75}, outcome="error", error_type="TimeoutError")
    [read] = decode_spans(recording.lines()[0])
    assert (read.name, read.operation_id, read.is_operation) == ("photo", "photo_12345", True)
    assert (read.outcome, read.error_type, read.duration_ns, read.parent_id) == ("error", "TimeoutError", 2 * 10**9, "")
    at = START_NS + 10**9
    assert read.segments == (
        Segment("user", at, at + 500_000_000),
        Segment("menu", at + 500_000_000, at + 1_750_000_000),
        Segment("end", at + 1_750_000_000, at + 2_000_000_000),
    )


def test_how_a_timer_ended_is_read_as_the_monitor_says_it() -> None:
    watched = Watched()
    watched.tracer = watched.provider.get_tracer("botvitals")
    for error in (None, ValueError(), asyncio.CancelledError()):
        with contextlib.suppress(ValueError, asyncio.CancelledError), watched.monitor.timer("reply") as reply:
            reply.checkpoint("sent")
            if error is not None:
                raise error
    watched.monitor.start_timer("reply")
    watched.monitor.clear_operation("reply")
    read = decode_spans(otlp_json_line(watched.spans))
    assert [span.outcome for span in read] == ["ok", "error", "cancelled", "abandoned"]
    assert [span.error_type for span in read] == ["", "ValueError", "", ""]
    assert [[segment.name for segment in span.segments] for span in read] == [["sent", "end"]] * 3 + [[]]


def test_a_span_of_other_instrumentation_is_no_operation_and_its_status_says_how_it_ended() -> None:
    [read] = decode_spans(line_of(span(status={"code": "STATUS_CODE_ERROR"}), scope="httpx"))
    assert (read.is_operation, read.outcome, read.segments) == (False, "error", ())


def test_times_may_be_numbers_and_scopes_may_be_missing() -> None:
    line = {"resourceSpans": [{"scopeSpans": [{"spans": [span(startTimeUnixNano=5, endTimeUnixNano=7)]}]}]}
    [read] = decode_spans(json.dumps(line).encode())
    assert read.duration_ns == 2


def test_a_span_without_an_end_is_still_running_and_left_out() -> None:
    assert decode_spans(line_of(span(endTimeUnixNano="0"))) == []


@pytest.mark.parametrize("signal", ["resourceMetrics", "resourceLogs"])
def test_other_signals_are_no_damage(signal: str) -> None:
    assert decode_spans(json.dumps({signal: []}).encode()) == []


def test_a_checkpoint_outside_its_span_is_moved_to_its_ends() -> None:
    def event(name: str, elapsed: float) -> dict[str, Any]:
        attribute = {"key": "botvitals.checkpoint.elapsed", "value": {"doubleValue": elapsed}}
        return {"name": name, "attributes": [attribute]}

    [read] = decode_spans(line_of(span(events=[event("late", 9.0), event("early", -1.0)])))
    lengths = [(segment.name, segment.end_ns - segment.start_ns) for segment in read.segments]
    assert lengths == [("early", 0), ("late", 2 * 10**9), ("end", 0)]


def test_lone_surrogates_and_bytes_that_are_no_utf_8_are_replaced() -> None:
    [read] = decode_spans(line_of(span(name="\ud800x")).replace(b'"3000000000"', b'"3000000000", "junk": "\xff"'))
    assert read.name == "?x"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b"\x00\xff\x00",
        b'{"timestamp": "2026-11-20 22:00:00", "summary": []}',
        b'{"resourceSpans": [7]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": "x"}]}]}]}',
        b'{"resourceSpans": ' + b"[" * 100_000,
        line_of(span(startTimeUnixNano="9" * 30, endTimeUnixNano="9" * 30)),
        line_of(span(startTimeUnixNano="-5")),
        line_of(span(endTimeUnixNano="5")),
        line_of(span(endTimeUnixNano=float("inf"))),
        line_of(span(traceId=None)),
        line_of(span(attributes=[{"value": {"intValue": "1"}}])),
        line_of(span(attributes=[{"key": "a", "value": 3}])),
    ],
)
def test_a_line_that_holds_no_spans_is_unusable(line: bytes) -> None:
    with pytest.raises(UnusableLineError):
        decode_spans(line)
