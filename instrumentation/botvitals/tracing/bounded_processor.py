"""A span processor that never makes the bot wait: a bounded queue, a thread of its own, an end within seconds."""

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from botvitals.tracing.delivery import Delivery
from botvitals.tracing.export_counts import ExportCounts

# Of the two seconds that all we started may take at exit: the last push of the metrics may come after this.
STOP_SECONDS = 1.1


@dataclass(frozen=True, slots=True)
class Bounds:
    """Spans are delivered every `delay_seconds`, or sooner where `max_batch` of them wait; no more than `max_queue` do.

    The numbers are the SDK's own:
    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor
    """

    max_queue: int = 2048
    max_batch: int = 512
    delay_seconds: float = 5.0


class BoundedSpanProcessor(SpanProcessor):
    """Queues sampled spans and delivers them within `bounds`.

    Where the queue is full the oldest is dropped; every span that does not arrive is counted in `counts`. The
    stock processor is not used because its shutdown waits for as long as the collector lets it (21 s with a closed
    port), and because it counts nothing that others can read. The thread starts here: at exit it would be too late on
    Python 3.12. A forked child begins with an empty queue, and a thread of its own once it ends a span.
    """

    def __init__(
        self,
        delivery: Delivery,
        counts: ExportCounts,
        bounds: Bounds | None = None,
        *,
        stop_seconds: float = STOP_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delivery = delivery
        self._counts = counts
        bounds = bounds or Bounds()
        self._max_queue = bounds.max_queue
        self._max_batch = min(bounds.max_batch, bounds.max_queue)
        self._delay_seconds = bounds.delay_seconds
        self._stop_seconds = stop_seconds
        self._clock = clock
        self._is_finishing = False
        self._has_given_up = False
        self._deadline = 0.0
        self._begin_empty()
        _renew_in_forked_children(self)
        self._start_thread()

    def _begin_empty(self) -> None:
        # Reentrant, since a finalizer that the garbage collector runs in here may end a span too.
        self._lock = threading.RLock()
        self._queue: deque[ReadableSpan] = deque()
        self._in_flight = 0
        self._flushes: list[threading.Event] = []
        self._thread: threading.Thread | None = None
        # A locked lock as the thread's alarm: unlike an Event it can be raised from a finalizer in the middle of that.
        self._alarm = threading.Lock()
        self._alarm.acquire()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Take no notice: only finished spans count."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue `span` where it is sampled. Takes microseconds, whatever the collector does."""
        context = span.context
        if context is None or not context.trace_flags.sampled:
            return
        evicted = None  # let go of outside the lock: whatever it holds may have a finalizer
        with self._lock:
            if self._is_finishing:
                self._counts.count_dropped(1)
                return
            if len(self._queue) >= self._max_queue:
                evicted = self._queue.popleft()
                self._counts.count_dropped(1)
            self._queue.append(span)
            is_due = len(self._queue) >= self._max_batch
            if self._thread is None:
                self._start_thread(is_in_child=True)
        del evicted
        if is_due:
            self._raise_alarm()

    def finish(self) -> None:
        """Have the thread deliver what waits and end, without waiting for it; `shutdown` waits."""
        with self._lock:
            if self._is_finishing:
                return
            self._is_finishing = True
            self._deadline = self._clock() + self._stop_seconds
        self._raise_alarm()

    def shutdown(self) -> None:
        """Finish, and wait for that until `stop_seconds` after `finish`; what has not left by then is dropped."""
        self.finish()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, self._deadline - self._clock()))
        with self._lock:
            self._has_given_up = True
            self._counts.count_dropped(len(self._queue) + self._in_flight)
            self._queue.clear()
            self._in_flight = 0

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Deliver what waits now and return whether that was tried within `timeout_millis`."""
        done = threading.Event()
        with self._lock:
            if self._is_finishing or self._thread is None:
                return not self._queue
            self._flushes.append(done)
        self._raise_alarm()
        return done.wait(timeout_millis / 1000)

    def _raise_alarm(self) -> None:
        try:
            self._alarm.release()
        except RuntimeError:
            return  # raised already

    def _start_thread(self, *, is_in_child: bool = False) -> None:
        self._thread = threading.Thread(target=self._run, args=(is_in_child,), name="botvitals-spans", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            # Out of threads, or at exit: the queue stays bounded, and what is in it is counted at the end.
            return

    def _run(self, is_in_child: bool) -> None:
        # The exporter's own requests make no spans. The key's value is what instrumentations look for.
        otel_context.attach(otel_context.set_value(otel_context._SUPPRESS_INSTRUMENTATION_KEY, True))
        if is_in_child:
            self._delivery.renew()
        while not self._is_finishing:
            self._alarm.acquire(timeout=self._delay_seconds)
            self._deliver_what_waits()
        self._deliver_what_waits()
        self._delivery.close()

    def _deliver_what_waits(self) -> None:
        with self._lock:
            flushes, self._flushes = self._flushes, []
        while batch := self._take():
            arrived = self._delivery.deliver(batch)
            with self._lock:
                if not arrived and not self._has_given_up:
                    self._counts.count_dropped(len(batch))
                self._in_flight = 0
            if not arrived and self._is_finishing:
                break  # what is away now will hardly be back in the second that is left
        for done in flushes:
            done.set()

    def _take(self) -> list[ReadableSpan]:
        with self._lock:
            if self._has_given_up:
                return []
            batch = [self._queue.popleft() for _ in range(min(self._max_batch, len(self._queue)))]
            self._in_flight = len(batch)
            return batch

    def _renew(self) -> None:
        self._counts.renew_lock()
        self._begin_empty()


def _renew_in_forked_children(processor: BoundedSpanProcessor) -> None:
    if not hasattr(os, "register_at_fork"):
        return
    # Weak, since hooks cannot be taken back.
    reference = weakref.ref(processor)

    def renew() -> None:
        living = reference()
        if living is not None:
            living._renew()

    os.register_at_fork(after_in_child=renew)
