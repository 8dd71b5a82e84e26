"""What a timer with four checkpoints costs, beside the same telemetry written by hand.

Usage: python benchmarks/timers.py

By hand: an OpenTelemetry SDK span with four events of the same attributes, six `labels().observe()` of
prometheus_client (with exemplars where the span is sampled), a gauge up and down. Both sides use OpenTelemetry's public
interface and one provider whose processor drops each span at once, so that what exporting costs is on neither side. Log
lines are off. Ours and the peer's take turns, each round with fresh ids as bots make them. A number is the median over
the rounds of processor time for one timer; adding up its histograms is part of it. Budgets: 1.0 sampled, 1.0 not.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from prometheus_client import CollectorRegistry, Gauge, Histogram

from botvitals import get_performance_monitor
from botvitals.tracer import set_private_provider
from botvitals_exporter.metric import OPERATION_BUCKETS_SECONDS
from botvitals_exporter.sources.operations import OperationsSource

ROUNDS = 41
TIMERS = 400
STEPS = (("state", "用户状态检查"), ("request", "请求已构建"), ("response", "收到响应"), ("saved", "数据库更新完成"))

Work = Callable[[str], None]
monitor = get_performance_monitor()


class DropSpans(SpanProcessor):
    """Takes every finished span and lets it go."""

    def on_end(self, span: ReadableSpan) -> None:
        """Forget it."""


class ByHand:
    """The telemetry of a timer as a bot's owner would write it with the two libraries."""

    def __init__(self, tracer: trace.Tracer | None) -> None:
        registry = CollectorRegistry()
        self._tracer = tracer
        self._duration = Histogram(
            "duration_seconds",
            "Duration",
            ["operation", "outcome"],
            buckets=OPERATION_BUCKETS_SECONDS,
            registry=registry,
        )
        self._segment = Histogram(
            "checkpoint_seconds",
            "Segment",
            ["operation", "checkpoint"],
            buckets=OPERATION_BUCKETS_SECONDS,
            registry=registry,
        )
        self._in_progress = Gauge("in_progress", "Running", ["operation"], registry=registry)

    def current(self, operation_id: str) -> None:
        """Time one operation in a span that is current."""
        assert self._tracer is not None
        attributes = {"botvitals.operation.id": operation_id, "botvitals.operation.description": "处理消息"}
        with self._tracer.start_as_current_span("reply", attributes=attributes) as span:
            self._measure(span)

    def detached(self, operation_id: str) -> None:
        """Time one operation in a span that leaves the context alone."""
        assert self._tracer is not None
        attributes = {"botvitals.operation.id": operation_id, "botvitals.operation.description": "处理消息"}
        span = self._tracer.start_span("reply", attributes=attributes)
        self._measure(span)
        span.end()

    def untraced(self, _operation_id: str) -> None:
        """Time one operation without a span."""
        self._measure(None)

    def _measure(self, span: trace.Span | None) -> None:
        exemplar = None
        if span is not None:
            context = span.get_span_context()
            if context.trace_flags.sampled:
                exemplar = {
                    "trace_id": trace.format_trace_id(context.trace_id),
                    "span_id": trace.format_span_id(context.span_id),
                }
        self._in_progress.labels("reply").inc()
        began = mark = time.perf_counter()
        for name, description in STEPS:
            now = time.perf_counter()
            if span is not None:
                span.add_event(
                    name,
                    {"botvitals.checkpoint.elapsed": now - began, "botvitals.checkpoint.description": description},
                )
            self._segment.labels("reply", name).observe(now - mark, exemplar)
            mark = now
        now = time.perf_counter()
        self._segment.labels("reply", "end").observe(now - mark, exemplar)
        self._duration.labels("reply", "ok").observe(now - began, exemplar)
        self._in_progress.labels("reply").dec()
        if span is not None:
            span.set_attribute("botvitals.operation.outcome", "ok")


def with_timer(operation_id: str) -> None:
    """Time one operation in a `with` block."""
    with monitor.timer(operation_id, "处理消息") as timer:
        for name, description in STEPS:
            timer.checkpoint(name, description)


def by_id(operation_id: str) -> None:
    """Time one operation by the calls that name it."""
    monitor.start_timer(operation_id, "处理消息")
    for name, description in STEPS:
        monitor.checkpoint(operation_id, name, description)
    monitor.end_timer(operation_id, "完成")


def microseconds(*works: Work) -> list[float]:
    """Return the median processor time of one call of each; they take turns, so that a busy machine meets all alike."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range(ROUNDS + 1):
        # Who goes first changes, so that nobody always finds the caches warm.
        order = list(zip(works, times, strict=True))
        for place, (work, taken) in enumerate(order if turn % 2 else reversed(order)):
            # Ids that nobody has seen: what one side keeps of an id must not serve another.
            ids = [f"reply_{user}_{1_757_421_666 + 10 * turn + place}" for user in range(TIMERS)]
            began = time.thread_time()
            for operation_id in ids:
                work(operation_id)
            taken.append((time.thread_time() - began) * 1e6 / TIMERS)
    # The first round fills caches and is no round.
    return [median(taken[1:]) for taken in times]


def print_row(title: str, ours: float, peer: float | None = None) -> None:
    """Print one row; without a peer it has no ratio."""
    beside = "" if peer is None else f"{peer:>12.1f}{ours / peer:>8.2f}"
    print(f"{title:<44}{ours:>9.1f}{beside}")


@contextmanager
def spans_to(sampler: Sampler) -> Iterator[trace.Tracer]:
    """Let the timers' spans go to a provider that drops them, and give its tracer to the other side."""
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(DropSpans())
    set_private_provider(provider)
    try:
        yield provider.get_tracer("by-hand")
    finally:
        set_private_provider(None)
        provider.shutdown()


def main() -> None:
    """Print the table."""
    logging.getLogger("performance_monitor").setLevel(logging.ERROR)
    source = OperationsSource(monitor)
    source.watch()
    print(f"{'a timer with four checkpoints':<44}{'ours µs':>9}{'by hand µs':>12}{'ratio':>8}")
    for title, sampler in (("sampled", ALWAYS_ON), ("not sampled", ALWAYS_OFF)):
        with spans_to(sampler) as tracer:
            hand = ByHand(tracer)
            ours, ours_by_id, peer, peer_detached = microseconds(with_timer, by_id, hand.current, hand.detached)
            print_row(f"{title}, with timer(…)", ours, peer)
            print_row(f"{title}, start_timer … end_timer", ours_by_id, peer_detached)
    ours, ours_by_id, peer = microseconds(with_timer, by_id, ByHand(None).untraced)
    print_row("tracing never set up, with timer(…)", ours, peer)
    print_row("tracing never set up, start_timer … end_timer", ours_by_id, peer)
    source.stop()
    with spans_to(ALWAYS_ON):
        ours, ours_by_id = microseconds(with_timer, by_id)
        print_row("sampled, no exporter started, with timer(…)", ours)
        print_row("sampled, no exporter started, by id", ours_by_id)
    ours, ours_by_id = microseconds(with_timer, by_id)
    print_row("neither tracing nor exporter, with timer(…)", ours)
    print_row("neither tracing nor exporter, by id", ours_by_id)


if __name__ == "__main__":
    main()
