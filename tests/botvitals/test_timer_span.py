import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

from support_timers import START_SECONDS, Watched

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"  # the shape of Telegram's, made up


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_timer_is_one_span_under_the_operations_name(watched: Watched) -> None:
    watched.monitor.start_timer("reply_42", "回复", kind=SpanKind.SERVER)
    watched.pass_seconds(0.5)
    watched.monitor.end_timer("reply_42")
    span = watched.span
    assert (span.name, span.kind, span.status.status_code) == ("reply", SpanKind.SERVER, StatusCode.UNSET)
    assert dict(span.attributes or {}) == {
        "botvitals.operation.id": "reply_42",
        "botvitals.operation.description": "回复",
        "botvitals.operation.outcome": "ok",
    }
    assert (span.start_time, span.end_time) == (START_SECONDS * 1e9, (START_SECONDS + 0.5) * 1e9)


def test_a_checkpoint_is_one_event(watched: Watched) -> None:
    with watched.monitor.timer("reply") as timer:
        watched.pass_seconds(0.25)
        timer.checkpoint("sent", "已发送")
        timer.checkpoint("bare")
    described, bare = watched.span.events
    assert (described.name, described.timestamp) == ("sent", int(START_SECONDS) * 10**9 + 250_000_000)
    assert dict(described.attributes or {}) == {
        "botvitals.checkpoint.elapsed": 0.25,
        "botvitals.checkpoint.description": "已发送",
    }
    assert dict(bare.attributes or {}) == {"botvitals.checkpoint.elapsed": 0.25}


class HttpError(Exception):
    pass


def test_an_error_is_recorded_without_its_token_and_goes_on(watched: Watched) -> None:
    with pytest.raises(HttpError, match="404"), watched.monitor.timer("reply"):
        raise HttpError(f"404 for url https://api.telegram.org/bot{TOKEN}/getMe")
    span = watched.span
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes is not None
    assert span.attributes["botvitals.operation.outcome"] == "error"
    assert str(span.attributes["error.type"]).endswith("HttpError")
    (event,) = span.events
    assert event.name == "exception"
    assert event.attributes is not None
    assert "404 for url" in str(event.attributes["exception.message"])
    stack_trace = str(event.attributes["exception.stacktrace"])
    assert "in test_an_error_is_recorded" in stack_trace
    assert len(stack_trace.splitlines()) > 2
    assert TOKEN not in span.to_json()
    assert watched.operations[0].outcome == "error"


def test_a_token_in_an_id_name_or_description_reaches_nothing(watched: Watched) -> None:
    monitor = watched.monitor
    operation_id = f"webhook_{TOKEN}"
    monitor.start_timer(operation_id, f"for {TOKEN}", name=f"x {TOKEN}")
    monitor.checkpoint(operation_id, f"step {TOKEN}", TOKEN)
    monitor.end_timer(operation_id, TOKEN)
    monitor.end_timer(operation_id)
    summary = monitor.get_operation_summary(operation_id)
    assert summary is not None
    assert summary["checkpoints"]
    everything = json.dumps([watched.span.to_json(), watched.lines.texts, watched.operations, summary])
    assert TOKEN[10:] not in everything
    assert list(monitor.started()) != []
    assert TOKEN[10:] not in str(monitor.started())


def test_ids_that_differ_only_in_their_secret_are_two_timers(watched: Watched) -> None:
    first, second = f"bot_{TOKEN}", f"bot_{TOKEN[:-1]}2"
    watched.monitor.start_timer(first)
    watched.pass_seconds(1)
    watched.monitor.start_timer(second)
    assert watched.monitor.end_timer(first) == 1.0
    assert watched.monitor.end_timer(second) == 0.0


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt(), SystemExit(1)])
def test_work_that_was_stopped_is_cancelled_and_no_error(watched: Watched, error: BaseException) -> None:
    with pytest.raises(type(error)), watched.monitor.timer("reply"):
        raise error
    span = watched.span
    assert span.attributes is not None
    assert span.attributes["botvitals.operation.outcome"] == "cancelled"
    assert "error.type" not in span.attributes
    assert span.status.status_code is StatusCode.UNSET
    assert [event.name for event in span.events] == ["exception"]
    assert watched.operations[0].outcome == "cancelled"


def test_a_block_makes_its_span_current_and_start_timer_does_not(watched: Watched) -> None:
    with watched.monitor.timer("outer"):
        watched.monitor.start_timer("first")
        watched.monitor.start_timer("second")
        watched.monitor.end_timer("first")
        watched.monitor.end_timer("second")
    first, second, outer = watched.spans
    assert outer.parent is None
    assert outer.context is not None
    for span in (first, second):
        assert span.parent is not None
        assert span.parent.span_id == outer.context.span_id
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_trace_goes_on_from_a_carrier(watched: Watched) -> None:
    watched.monitor.start_timer("confirm")
    stored = json.dumps(watched.monitor.carrier("confirm"))
    watched.monitor.end_timer("confirm")
    with (
        watched.monitor.timer("unrelated"),
        watched.monitor.timer("webhook", parent=json.loads(stored)),
        watched.monitor.timer("parse"),
    ):
        pass
    spans = {span.name: span for span in watched.spans}
    contexts = {name: span.context for name, span in spans.items() if span.context is not None}
    parent = spans["webhook"].parent
    assert parent is not None
    assert parent.span_id == contexts["confirm"].span_id
    assert contexts["confirm"].trace_id == contexts["webhook"].trace_id == contexts["parse"].trace_id
    assert contexts["unrelated"].trace_id != contexts["webhook"].trace_id


@pytest.mark.parametrize(
    "carrier", [{}, {"traceparent": "garbage"}, {"traceparent": 5}, {1: None}, "00-ab-cd-01", b"", 7, [1]]
)
def test_a_malformed_carrier_starts_a_new_trace(watched: Watched, carrier: object) -> None:
    with watched.monitor.timer("outer"):
        watched.monitor.start_timer("webhook", parent=carrier)  # type: ignore[arg-type]  # that is the point
        watched.monitor.end_timer("webhook")
    assert [span.parent for span in watched.spans] == [None, None]
    assert watched.operations[0].trace_id != watched.operations[1].trace_id


def test_an_unsampled_timer_is_handed_on_and_hands_its_decision_to_its_children() -> None:
    watched = Watched(sampler=ALWAYS_OFF)
    with watched.monitor.timer("outer") as timer:
        timer.checkpoint("step")
        carrier = watched.monitor.carrier("outer")
    flags = int(carrier["traceparent"].split("-")[3], 16)
    assert flags & trace.TraceFlags.SAMPLED == 0
    assert watched.spans == ()
    (operation,) = watched.operations
    assert (operation.is_sampled, operation.trace_id, operation.span_id) == (False, "", "")


def test_a_generator_closed_in_another_context_logs_no_context_error(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    def items() -> Iterator[int]:
        with watched.monitor.timer("items"):
            yield 1
            yield 2

    async def begin() -> Iterator[int]:
        running = items()
        next(running)
        return running

    async def main() -> None:
        running = await asyncio.create_task(begin())
        running.close()  # type: ignore[attr-defined]  # a generator is more than an iterator

    with caplog.at_level(logging.DEBUG, logger="opentelemetry"):
        asyncio.run(main())
    assert caplog.records == []
    assert watched.operations[0].outcome == "cancelled"


class Refusing(SpanProcessor):
    def on_start(self, *_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no more spans")

    def on_end(self, *_args: object) -> None:
        raise RuntimeError("no more spans")


def test_a_span_processor_that_raises_is_said_once_and_the_bot_never_notices(watched: Watched) -> None:
    watched.provider.add_span_processor(Refusing())
    for _ in range(3):
        with watched.monitor.timer("reply") as timer:
            assert timer.checkpoint("step") == 0.0
    assert len(watched.operations) == 3
    assert len([text for text in watched.lines.texts if "no more spans" in text]) == 1


def test_a_wrong_name_of_a_propagator_costs_the_carrier_alone() -> None:
    program = """if True:
        from opentelemetry.sdk.trace import TracerProvider
        from botvitals import get_performance_monitor
        from botvitals.tracer import set_private_provider
        set_private_provider(TracerProvider())
        monitor = get_performance_monitor()
        monitor.start_timer("reply")
        print(monitor.carrier("reply"), monitor.carrier("reply"), monitor.end_timer("reply") >= 0)
        stored = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        monitor.start_timer("webhook", parent=stored)
        print(len(monitor.get_operation_summary("webhook")["trace_id"]))
    """
    environ = {"OTEL_PROPAGATORS": "no-such", "PATH": "", "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "{} {} True\n32\n"
    assert done.stderr.count("OTEL_PROPAGATORS") == 1
