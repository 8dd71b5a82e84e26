"""What handing over a finished span costs the bot, and how long its end takes, beside the SDK's own batch processor.

The collector hangs, or is not there. Run as `python benchmarks/spans.py`; the stock processor's ends take a
minute.
"""

import logging
import socket
import statistics
import time
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from botvitals.tracing.bounded_processor import BoundedSpanProcessor
from botvitals.tracing.delivery import Delivery
from botvitals.tracing.export_counts import ExportCounts

SPANS = 20_000
ROUNDS = 5


def ours(endpoint: str) -> SpanProcessor:
    """The processor of botvitals."""
    delivery = Delivery(lambda: OTLPSpanExporter(endpoint), lambda _: None)
    return BoundedSpanProcessor(delivery, ExportCounts())


def stock(endpoint: str) -> SpanProcessor:
    """The SDK's own."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint))


def ended_span() -> ReadableSpan:
    """A span as a timer leaves it."""
    span = TracerProvider(shutdown_on_exit=False).get_tracer("benchmark").start_span("reply")
    for name in ("state", "request", "response", "menu"):
        span.add_event(name, {"botvitals.checkpoint.elapsed": 0.25})
    span.end()
    if not isinstance(span, ReadableSpan):
        raise TypeError(span)
    return span


def measure(make: Callable[[str], SpanProcessor], endpoint: str) -> tuple[float, float, float]:
    """Return the median microseconds of `on_end`, the worst milliseconds of one, and the seconds of the shutdown."""
    processor, span = make(endpoint), ended_span()
    rounds, worst = [], 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(SPANS):
            processor.on_end(span)
        rounds.append((time.perf_counter() - began) / SPANS)
    for _ in range(SPANS):
        began = time.perf_counter()
        processor.on_end(span)
        worst = max(worst, time.perf_counter() - began)
    began = time.perf_counter()
    processor.shutdown()
    return statistics.median(rounds) * 1e6, worst * 1e3, time.perf_counter() - began


def main() -> None:
    """Print the table."""
    # The stock exporter would fill the screen.
    logging.disable(logging.CRITICAL)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        away = f"http://127.0.0.1:{closed.getsockname()[1]}/v1/traces"
    print(f"{'collector':<10}{'processor':<12}{'on_end, µs':>12}{'worst, ms':>12}{'shutdown, s':>14}")
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        hanging = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/traces"
        for collector, endpoint in (("closed", away), ("hanging", hanging)):
            for name, make in (("botvitals", ours), ("stock", stock)):
                median, worst, seconds = measure(make, endpoint)
                print(f"{collector:<10}{name:<12}{median:>12.2f}{worst:>12.2f}{seconds:>14.2f}", flush=True)


if __name__ == "__main__":
    main()
