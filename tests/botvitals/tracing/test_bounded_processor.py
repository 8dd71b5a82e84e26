import os
import threading
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from botvitals.tracing.bounded_processor import BoundedSpanProcessor, Bounds
from botvitals.tracing.delivery import Delivery, FailureLines
from botvitals.tracing.export_counts import ExportCounts
from support_spans import FakeExporter, end_spans

NEVER = 3600.0  # seconds: the thread stirs only when it is told to


class Pipeline:
    """A processor before an exporter, with all that it counts and says."""

    def __init__(self, exporter: FakeExporter, bounds: Bounds | None = None, stop_seconds: float = 30.0) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        self.counts = ExportCounts(created_seconds=1.0)
        self.exporter = exporter
        note = FailureLines("traces", self.counts, self.lines.append, clock=lambda: self.now).note
        self.processor = BoundedSpanProcessor(
            Delivery(lambda: exporter, note),
            self.counts,
            bounds or Bounds(delay_seconds=NEVER),
            stop_seconds=stop_seconds,
        )

    def end(self) -> None:
        self.exporter.is_open.set()
        self.processor.shutdown()
        assert self.exporter.is_shut_down.wait(30)


@pytest.fixture
def exporter() -> FakeExporter:
    return FakeExporter()


@pytest.fixture
def pipeline(exporter: FakeExporter) -> Iterator[Pipeline]:
    made = Pipeline(exporter)
    yield made
    made.end()


def test_spans_arrive_in_their_order_at_a_flush(pipeline: Pipeline) -> None:
    end_spans(pipeline.processor, 3)
    assert pipeline.processor.force_flush()
    assert pipeline.exporter.names == ["0", "1", "2"]


def test_a_full_batch_leaves_without_waiting_for_the_delay(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter, Bounds(max_batch=2, delay_seconds=NEVER))
    end_spans(pipeline.processor, 2)
    assert exporter.has_begun.wait(30)
    pipeline.end()
    assert exporter.names == ["0", "1"]


def test_spans_leave_in_batches_of_the_bound(exporter: FakeExporter) -> None:
    exporter.is_open.clear()
    pipeline = Pipeline(exporter, Bounds(max_batch=4, delay_seconds=NEVER))
    end_spans(pipeline.processor, 4)
    assert exporter.has_begun.wait(30)
    end_spans(pipeline.processor, 6)
    pipeline.end()
    assert exporter.batches == [4, 4, 2]


def test_what_waits_leaves_at_the_end(pipeline: Pipeline) -> None:
    end_spans(pipeline.processor, 5)
    pipeline.end()
    assert len(pipeline.exporter.names) == 5
    assert pipeline.counts.spans_dropped() == 0


def test_spans_that_are_not_sampled_do_not_leave(pipeline: Pipeline) -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(pipeline.processor)
    provider.get_tracer("x").start_span("x").end()
    pipeline.end()
    assert pipeline.exporter.names == []
    assert pipeline.counts.spans_dropped() == 0


def test_a_full_queue_drops_the_oldest_and_counts_them(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter, Bounds(max_queue=3, max_batch=512, delay_seconds=NEVER))
    exporter.is_open.clear()
    end_spans(pipeline.processor, 3)
    assert exporter.has_begun.wait(30)
    end_spans(pipeline.processor, 5)
    assert pipeline.counts.spans_dropped() == 2
    pipeline.end()
    assert exporter.names == ["0", "1", "2", "2", "3", "4"]


def test_ten_minutes_of_a_collector_that_hangs_never_hold_the_bot_up(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter)
    exporter.is_open.clear()
    for _ in range(600):
        pipeline.now += 1.0
        end_spans(pipeline.processor, 10)  # returns, though the only export there is has not
    assert exporter.batches == []
    in_flight = 512
    assert pipeline.counts.spans_dropped() == 6000 - in_flight - Bounds().max_queue
    assert pipeline.lines == []
    pipeline.end()


@pytest.mark.parametrize("result", [SpanExportResult.FAILURE, ConnectionError("refused")])
def test_ten_minutes_of_failing_exports_are_counted_whole_and_said_at_most_every_20_seconds(
    result: SpanExportResult | Exception,
) -> None:
    pipeline = Pipeline(FakeExporter(result))
    for _ in range(600):
        pipeline.now += 1.0
        end_spans(pipeline.processor, 2)
        assert pipeline.processor.force_flush()
    assert pipeline.counts.spans_dropped() == 1200
    assert pipeline.counts.failures()["traces"] == 600
    assert 1 <= len(pipeline.lines) <= 600 / 20
    pipeline.end()


def test_an_end_is_bounded_while_an_export_hangs_and_counts_what_is_lost(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter, stop_seconds=0.05)
    exporter.is_open.clear()
    end_spans(pipeline.processor, 512)
    assert exporter.has_begun.wait(30)
    end_spans(pipeline.processor, 7)
    pipeline.processor.shutdown()
    assert exporter.batches == []  # it hangs still
    assert pipeline.counts.spans_dropped() == 519
    pipeline.end()
    assert exporter.batches == [512]  # the rest is not sent after all
    assert pipeline.counts.spans_dropped() == 519


def test_a_span_that_ends_after_the_end_is_dropped_and_counted(pipeline: Pipeline) -> None:
    pipeline.end()
    end_spans(pipeline.processor, 2)
    assert pipeline.counts.spans_dropped() == 2


def test_at_the_end_one_failure_is_enough_to_give_up_the_rest() -> None:
    exporter = FakeExporter(SpanExportResult.FAILURE)
    exporter.is_open.clear()
    pipeline = Pipeline(exporter, Bounds(max_batch=2, delay_seconds=NEVER))
    end_spans(pipeline.processor, 2)
    assert exporter.has_begun.wait(30)
    end_spans(pipeline.processor, 20)
    pipeline.processor.finish()
    pipeline.end()
    assert len(exporter.batches) <= 2
    assert pipeline.counts.spans_dropped() == 22


def test_the_thread_ends_with_the_processor(pipeline: Pipeline) -> None:
    thread = next(thread for thread in threading.enumerate() if thread.name == "botvitals-spans")
    assert thread.daemon
    pipeline.end()
    thread.join(30)
    assert not thread.is_alive()


def test_a_finalizer_that_ends_a_span_in_the_middle_of_one_does_not_lock_up(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter, Bounds(max_queue=1, max_batch=1, delay_seconds=NEVER))
    with pipeline.processor._lock:
        end_spans(pipeline.processor, 3)
    pipeline.end()
    assert len(exporter.names) + pipeline.counts.spans_dropped() == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking with threads is what is tested
def test_a_forked_child_sends_its_own_spans_and_none_of_its_parents(exporter: FakeExporter) -> None:
    pipeline = Pipeline(exporter)
    end_spans(pipeline.processor, 2)
    child = os.fork()
    if child == 0:
        has_passed = False
        try:
            end_spans(pipeline.processor, 3)
            has_passed = pipeline.processor.force_flush(30_000) and exporter.names == ["0", "1", "2"]
        finally:
            os._exit(0 if has_passed else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    pipeline.end()
    assert exporter.names == ["0", "1"]
