"""Timers for a bot: why did that reply take so long?"""

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final, overload

from opentelemetry.trace import SpanKind, Tracer

from botvitals.operation_names import key_of, names_of
from botvitals.subscribers import Subscriber
from botvitals.summaries import OperationSummary, summary_of
from botvitals.timed import Parameters, Result, timed_function
from botvitals.timer import Carrier, Timer
from botvitals.timer_block import TimerBlock
from botvitals.timers import Timers
from botvitals.tracer import current_tracer


class PerformanceMonitor:
    """Times operations: each becomes log lines, an OpenTelemetry span, and for its subscribers one `Operation`.

    All of it can be called from any thread and task, and never raises. An `operation_id` may be any text or object; its
    text is what counts. Starting one that already runs starts a second timer beside it. Calls by id mean the timer of
    that id last started in the same task or thread (a task or `asyncio.to_thread` counts what its creator had started
    before), else the one last started anywhere.

    `name` is what all operations of a kind share in metrics and traces: where none is given, the id without its numbers
    and UUIDs. `parent` is a `carrier()` of another timer, whose trace goes on; without one the current span is the
    parent, and a malformed one starts a new trace. `kind` is the span's `opentelemetry.trace.SpanKind`, INTERNAL by
    default.

    Texts are cleaned of secrets, control characters and line breaks, and end at 500 characters. 2,000 timers run at
    most, each an hour, then they are given up as `abandoned`; the first 256 checkpoints of a timer and the last 1,000
    summaries are kept. A child forked from the process starts with nothing, subscribers included.

    `time_ns` is the wall clock (nanoseconds since the epoch), read once per timer; `monotonic_ns` measures.
    """

    def __init__(
        self,
        *,
        time_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.perf_counter_ns,
        tracer: Callable[[], Tracer | None] = current_tracer,
        logger: logging.Logger | None = None,
    ) -> None:
        self._timers = Timers(time_ns, monotonic_ns, tracer, logger or logging.getLogger("performance_monitor"))
        self._meant_by_id: Final = self._timers.running.meant_by_id

    def start_timer(
        self,
        operation_id: object,
        description: object = "",
        *,
        name: object = None,
        parent: Carrier | None = None,
        kind: SpanKind | None = None,
    ) -> float:
        """Start a timer and return its start, in seconds since the epoch. It runs until `end_timer`.

        Its span is a child of the current one but does not become current itself: see `timer` for that.
        """
        return self._timers.start(key_of(operation_id), description, name, parent, kind).start_time_ns / 1e9

    def checkpoint(self, operation_id: object, name: object, description: object = "") -> float | None:
        """Mark where an operation is and return the seconds since its start; None, and a warning, where none runs."""
        timer = self._meant_by_id(operation_id)
        seconds = None if timer is None else self._timers.checkpoint(timer, name, description)
        if seconds is None:
            self._not_found(operation_id)
        return seconds

    def end_timer(self, operation_id: object, description: object = "") -> float | None:
        """End an operation and return its duration in seconds; None, and a warning, where no such timer runs.

        `description` is for the log line.
        """
        timer = self._meant_by_id(operation_id)
        seconds = None if timer is None else self._timers.end(timer, description, None)
        if seconds is None:
            self._not_found(operation_id)
        return seconds

    def timer(
        self,
        operation_id: object,
        description: object = "",
        *,
        name: object = None,
        parent: Carrier | None = None,
        kind: SpanKind | None = None,
    ) -> TimerBlock:
        """Return a context manager that times its block; its span is the current one inside.

        `with monitor.timer("reply") as m:` binds `m`, whose `m.checkpoint(name, description="")` marks this very
        operation. An exception ends the timer as `error`, one that is no `Exception` (a cancelled task, Ctrl+C) as
        `cancelled`; it is recorded and goes on.
        """
        return TimerBlock(self._timers, key_of(operation_id), description, name, parent, kind)

    def async_timer(
        self,
        operation_id: object,
        description: object = "",
        *,
        name: object = None,
        parent: Carrier | None = None,
        kind: SpanKind | None = None,
    ) -> TimerBlock:
        """Return what `timer` returns, for `async with`."""
        return TimerBlock(self._timers, key_of(operation_id), description, name, parent, kind)

    @overload
    def timed(
        self, operation_id: Callable[Parameters, Result], description: object = ""
    ) -> Callable[Parameters, Result]: ...

    @overload
    def timed(
        self,
        operation_id: str | None = None,
        description: object = "",
        *,
        name: object = None,
        parent: Carrier | None = None,
        kind: SpanKind | None = None,
    ) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]: ...

    def timed(
        self,
        operation_id: object = None,
        description: object = "",
        *,
        name: object = None,
        parent: Carrier | None = None,
        kind: SpanKind | None = None,
    ) -> object:
        """Return a decorator that times every call of a function, coroutine function or (async) generator function.

        The operation's id is the function's qualified name where none is given. A coroutine is timed while it is
        awaited, a generator from its first item to its end, with a span that does not become current. `@monitor.timed`
        without parentheses works too.
        """
        if callable(operation_id):
            return self.timed(None, description)(operation_id)

        def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
            default = getattr(function, "__qualname__", type(function).__qualname__)
            key = key_of(default if operation_id is None else operation_id)

            def new_block(is_current: bool) -> TimerBlock:
                return TimerBlock(self._timers, key, description, name, parent, kind, is_current)

            return timed_function(function, new_block)

        return decorate

    def get_operation_summary(self, operation_id: object) -> OperationSummary | None:
        """Return what an operation took, of a running one so far; None where there is none, or none any more."""
        timer = self._meant(key_of(operation_id))
        if timer is None:
            return None
        operation, is_running = timer.operation, timer.is_running
        if operation is None and is_running:
            operation = self._timers.so_far(timer)
        return None if operation is None else summary_of(operation, is_running=is_running)

    def log_operation_summary(self, operation_id: object) -> None:
        """Log how long an operation took, of a running one so far; a warning where there is none."""
        summary = self.get_operation_summary(operation_id)
        if summary is None:
            self._not_found(operation_id)
        else:
            self._timers.log.summary(summary["operation_id"], summary["duration"])

    def clear_operation(self, operation_id: object) -> None:
        """Forget an operation's summary; a timer that still runs ends as abandoned."""
        timer = self._meant(key_of(operation_id))
        if timer is not None:
            self._timers.clear(timer)

    def carrier(self, operation_id: object) -> dict[str, str]:
        """Return a small mapping, fit for JSON, that continues this operation's trace elsewhere: `parent=carrier`.

        It is what the configured propagator injects (`traceparent` and so on), and empty where the operation has no
        span. A warning, and an empty mapping, where no such timer runs.
        """
        timer = self._meant_by_id(operation_id)
        if timer is None or not timer.is_running:
            self._not_found(operation_id)
            return {}
        return self._timers.carrier(timer)

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call `callback` with the `Operation` of each timer that ends, in its thread; return what undoes that.

        It must be quick. What it raises is logged once, counted, and goes no further.
        """
        return self._timers.subscribers.add(callback)

    def subscriber_failures(self) -> int:
        """Return how often a subscriber has raised."""
        return self._timers.subscribers.failures

    def in_progress(self) -> Mapping[str, int]:
        """Return how many timers run now, by operation name, after giving up those older than an hour."""
        self._timers.look_for_overdue()
        return self._timers.running.count_by_name()

    def abandoned(self) -> Mapping[str, int]:
        """Return how many timers were given up so far, by operation name, after a look for those older than an hour."""
        self._timers.look_for_overdue()
        return self._timers.abandoned.counts()

    def started(self) -> Collection[str]:
        """Return the names of all operations that were ever started, at most a thousand."""
        return tuple(self._timers.started_names)

    def forget_all(self) -> None:
        """Begin anew, as a forked child must; spans of running timers are left to the parent."""
        self._timers.forget_all()

    def _meant(self, key: str) -> Timer | None:
        return self._timers.running.meant_by(key, self._timers.finished.last_of(key))

    def _not_found(self, operation_id: object) -> None:
        self._timers.log.not_found(names_of(key_of(operation_id))[0])


_monitor: PerformanceMonitor | None = None
_making = threading.Lock()


def get_performance_monitor() -> PerformanceMonitor:
    """Return the monitor of this process, the same for all threads and tasks."""
    global _monitor  # noqa: PLW0603 - one process has one
    if _monitor is None:
        with _making:
            if _monitor is None:
                monitor = PerformanceMonitor()
                if hasattr(os, "register_at_fork"):
                    os.register_at_fork(after_in_child=monitor.forget_all)
                _monitor = monitor
    return _monitor
