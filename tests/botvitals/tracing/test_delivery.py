import logging
from collections.abc import Callable, Mapping

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Status, StatusCode, get_current_span

from botvitals.tracer import SCOPE
from botvitals.tracing.delivery import QUIET_SECONDS, Delivery, FailureLines
from botvitals.tracing.export_counts import ExportCounts
from botvitals.tracing.redacted_span import redacted
from support_timers import Watched

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


class TalkativeExporter(SpanExporter):
    def export(self, spans: object) -> SpanExportResult:
        logger = logging.getLogger(__name__)
        logger.warning("connection refused")
        logger.error("gave up")
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        logging.getLogger(__name__).warning("bye")


def test_what_an_exporter_logs_becomes_the_reason_and_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    reasons: list[str] = []
    delivery = Delivery(TalkativeExporter, reasons.append)
    assert not delivery.deliver([])
    delivery.close()
    assert reasons == ["connection refused"]
    assert caplog.messages == []


def test_an_exporter_of_the_bots_own_is_heard_as_ever(caplog: pytest.LogCaptureFixture) -> None:
    delivery = Delivery(TalkativeExporter, lambda reason: None)
    TalkativeExporter().export([])
    assert caplog.messages == ["connection refused", "gave up"]
    delivery.close()
    assert logging.getLogger(__name__).filters == []


def test_failures_are_counted_always_and_said_again_only_after_a_while() -> None:
    now, lines, counts = [0.0], [], ExportCounts()
    failures = FailureLines("traces", counts, lines.append, clock=lambda: now[0])
    for moment in (0.0, 1.0, QUIET_SECONDS - 1, QUIET_SECONDS, QUIET_SECONDS + 1):
        now[0] = moment
        failures.note("refused")
    assert lines == [
        "OTLP export of traces fails: refused",
        "OTLP export of traces fails (2 more times by now): refused",
    ]
    assert counts.failures() == {"traces": 5, "metrics": 0}


def test_no_line_holds_a_headers_value_or_a_token() -> None:
    lines: list[str] = []
    failures = FailureLines("traces", ExportCounts(), lines.append, secrets=("geheim",))
    failures.note(f"header 'geheim' refused by http://x/bot{TOKEN}/y\nsecond line")
    assert lines == ["OTLP export of traces fails: header '***' refused by http://x/bot***/y second line"]


def test_a_log_that_fails_does_not_end_the_delivery() -> None:
    def say(line: str) -> None:
        raise OSError("closed")

    counts = ExportCounts()
    FailureLines("traces", counts, say).note("refused")
    assert counts.failures()["traces"] == 1


def span_with_secrets(scope: str) -> ReadableSpan:
    provider = TracerProvider(shutdown_on_exit=False)
    span = provider.get_tracer(scope).start_span(
        f"GET /bot{TOKEN}/getMe",
        attributes={"url.full": f"https://api.telegram.org/bot{TOKEN}/getMe", "http.request.size": 7, "tags": (TOKEN,)},
    )
    span.add_event("retry", {"url": f"https://x/bot{TOKEN}"})
    span.set_status(Status(StatusCode.ERROR, f"401 for {TOKEN}"))
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


def test_spans_of_other_instrumentation_leave_without_secrets_and_else_unchanged() -> None:
    span = span_with_secrets("opentelemetry.instrumentation.httpx")
    clean = redacted(span)
    assert TOKEN not in clean.to_json()
    assert isinstance(clean.attributes, Mapping)
    assert clean.attributes["http.request.size"] == 7
    assert clean.attributes["url.full"] == "https://api.telegram.org/bot***/getMe"
    assert (clean.context, clean.parent, clean.kind) == (span.context, span.parent, span.kind)
    assert (clean.start_time, clean.end_time) == (span.start_time, span.end_time)
    assert clean.status.status_code is StatusCode.ERROR
    assert clean.events[0].timestamp == span.events[0].timestamp


def test_a_captured_header_is_known_for_a_secret_by_its_name() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    headers = {"http.request.header.authorization": ("Basic Ym90Og==",), "http.request.header.x_api_key": ("a1", "b2")}
    span = provider.get_tracer("opentelemetry.instrumentation.aiohttp_client").start_span("GET", attributes=headers)
    assert isinstance(span, ReadableSpan)
    assert redacted(span).attributes == {
        "http.request.header.authorization": ("***",),
        "http.request.header.x_api_key": ("***", "***"),
    }


def test_a_timers_span_is_handed_on_as_it_is() -> None:
    watched = Watched()
    watched.tracer = watched.provider.get_tracer(SCOPE)
    with watched.monitor.timer("reply", "a reply") as reply:
        reply.checkpoint("sent", "it is sent")
    assert redacted(watched.span) is watched.span


def test_what_others_wrote_into_a_timers_span_leaves_without_secrets() -> None:
    url = f"https://api.telegram.org/bot{TOKEN}/getMe"
    writings: list[Callable[[Span], object]] = [
        lambda span: span.set_attribute("url.full", url),
        lambda span: span.add_event(url),
        lambda span: span.add_event("retry", {"url": url}),
        lambda span: span.record_exception(ValueError(url)),
        lambda span: span.set_status(Status(StatusCode.ERROR, url)),
        lambda span: span.update_name(url),
    ]
    for write in writings:
        watched = Watched()
        watched.tracer = watched.provider.get_tracer(SCOPE)
        with watched.monitor.timer("reply"):
            write(get_current_span())
        assert TOKEN in watched.span.to_json()
        assert TOKEN not in redacted(watched.span).to_json()
