"""The life of a timer: started, marked, ended, with its span, its log lines and its operation."""

from collections.abc import Callable
from logging import INFO, Logger
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind, Tracer

from botvitals.abandoned_timers import AbandonedTimers
from botvitals.carrier import carrier_of, context_of
from botvitals.clean_text import clean_text
from botvitals.log_lines import LogLines
from botvitals.operation import Operation, Outcome, new_checkpoint
from botvitals.operation_names import names_of
from botvitals.running_timers import RunningTimers
from botvitals.subscribers import Subscribers
from botvitals.summaries import FinishedTimers
from botvitals.timer import Carrier, Timer
from botvitals.timer_span import add_checkpoint, close_span, ids_of, open_span

MAX_CHECKPOINTS = 256
_MAX_STARTED_NAMES = 1_000


class Timers:
    """Starts, marks and ends timers, for all threads; nothing here raises, whatever tracer and subscribers do.

    `time_ns` is the wall clock, `monotonic_ns` a clock that never goes back, both in nanoseconds; `tracer` says whom to
    ask for a span, None for nobody.
    """

    def __init__(
        self,
        time_ns: Callable[[], int],
        monotonic_ns: Callable[[], int],
        tracer: Callable[[], Tracer | None],
        logger: Logger,
    ) -> None:
        self.log: Final = LogLines(logger)
        self.running: Final = RunningTimers()
        self.finished: Final = FinishedTimers()
        self.abandoned: Final = AbandonedTimers(self.log)
        self.subscribers: Final = Subscribers(self.log)
        self.started_names: Final[dict[str, None]] = {}
        self._time_ns = time_ns
        self._monotonic_ns = monotonic_ns
        self._tracer = tracer
        self._is_logged = logger.isEnabledFor

    def start(
        self, key: str, description: object, name: object, parent: Carrier | None, kind: SpanKind | None
    ) -> Timer:
        """Start a timer beside all others; its span is a child of the current one, or of the one in `parent`."""
        operation_id, operation_name = names_of(key)
        if name is not None:
            operation_name = clean_text(name) or operation_name
        timer = Timer(key, operation_id, operation_name, clean_text(description), self._time_ns(), self._monotonic_ns())
        if operation_name not in self.started_names and len(self.started_names) < _MAX_STARTED_NAMES:
            self.started_names[operation_name] = None
        self._open_span(timer, parent, kind)
        overdue = self.running.add(timer)
        if overdue:
            self._abandon(overdue, timer.started_ns)
        if self._is_logged(INFO):
            self.log.started(timer)
        return timer

    def checkpoint(self, timer: Timer, name: object, description: object) -> float | None:
        """Mark where a running timer is and return the seconds so far; None where it runs no more."""
        if not timer.is_running:
            return None
        elapsed_ns = self._monotonic_ns() - timer.started_ns
        if elapsed_ns < 0:
            elapsed_ns = 0
        seconds = elapsed_ns / 1e9
        name = clean_text(name) or "checkpoint"
        description = clean_text(description)
        checkpoints = timer.checkpoints
        if len(checkpoints) < MAX_CHECKPOINTS:
            checkpoints.append(new_checkpoint((name, description, seconds)))
        if timer.is_recording and (span := timer.span) is not None:
            try:
                add_checkpoint(span, name, description, seconds, timer.start_time_ns + elapsed_ns)
            except Exception as error:  # noqa: BLE001 - the bot's own provider
                self.log.failed("tracing", error)
        if self._is_logged(INFO):
            self.log.checkpoint(timer, name, description, seconds)
        return seconds

    def end(self, timer: Timer, description: object, error: BaseException | None) -> float | None:
        """End a running timer, by `error` where there is one, and return its duration; None where it runs no more."""
        if not self.running.remove(timer):
            return None
        outcome: Outcome = "ok" if error is None else _outcome_of(error)
        seconds = self._finish(timer, outcome, error)
        if self._is_logged(INFO):
            self.log.done(timer, clean_text(description), seconds, error)
        return seconds

    def clear(self, timer: Timer) -> None:
        """Forget `timer`; a running one is given up."""
        if self.running.remove(timer):
            self._give_up(timer)
        self.finished.remove(timer)

    def so_far(self, timer: Timer) -> Operation:
        """Return a running timer as the operation that it would be if it ended now."""
        return self._operation(timer, "ok", self._elapsed_ns(timer) / 1e9)

    def carrier(self, timer: Timer) -> dict[str, str]:
        """Return what lets another process or a later moment go on with the timer's trace; empty without a span."""
        span = timer.span
        if span is None:
            return {}
        try:
            return carrier_of(span)
        except Exception as error:  # noqa: BLE001 - a wrong OTEL_PROPAGATORS, or a propagator of the bot's
            self.log.failed("OTEL_PROPAGATORS", error)
            return {}

    def look_for_overdue(self) -> None:
        """Give up the timers that run for more than an hour, and say what was not said yet."""
        now_ns = self._monotonic_ns()
        self._abandon(self.running.take_overdue(now_ns), now_ns)

    def forget_all(self) -> None:
        """Begin anew in a forked child: its parent ends, counts and hands on what runs."""
        self.running.forget_all()
        self.finished.forget_all()
        self.abandoned.forget_all()
        self.subscribers.forget_all()
        self.log.forget_lock()
        self.started_names.clear()

    def _open_span(self, timer: Timer, parent: Carrier | None, kind: SpanKind | None) -> None:
        try:
            tracer = self._tracer()
            if tracer is not None:
                context: otel_context.Context | None = None if parent is None else context_of(parent)
                open_span(tracer, timer, context, kind)
        except Exception as error:  # noqa: BLE001 - a broken OTEL_* value, or the bot's own sampler or processor
            self.log.failed("tracing", error)

    def _abandon(self, timers: list[Timer], now_ns: int) -> None:
        for timer in timers:
            self._give_up(timer)
        self.abandoned.say(now_ns)

    def _give_up(self, timer: Timer) -> None:
        self.abandoned.count(timer.name)
        self._finish(timer, "abandoned", None)

    def _finish(self, timer: Timer, outcome: Outcome, error: BaseException | None) -> float:
        elapsed_ns = self._elapsed_ns(timer)
        timer.ended_ns = timer.started_ns + elapsed_ns
        seconds = elapsed_ns / 1e9
        operation = self._operation(timer, outcome, seconds)
        span, timer.span = timer.span, None
        timer.checkpoints = []
        timer.operation = operation
        if span is not None:
            try:
                if timer.is_recording:
                    close_span(span, outcome, error, timer.start_time_ns + elapsed_ns)
                else:
                    span.end(timer.start_time_ns + elapsed_ns)
            except Exception as failure:  # noqa: BLE001 - the bot's own provider
                self.log.failed("tracing", failure)
        self.finished.add(timer)
        self.subscribers.hand_on(operation)
        return seconds

    def _operation(self, timer: Timer, outcome: Outcome, seconds: float) -> Operation:
        span = timer.span
        trace_id, span_id = ("", "") if span is None else ids_of(span)
        return Operation(
            timer.operation_id,
            timer.name,
            timer.description,
            timer.start_time_ns / 1e9,
            seconds,
            outcome,
            tuple(timer.checkpoints),
            trace_id,
            span_id,
            trace_id != "",
        )

    def _elapsed_ns(self, timer: Timer) -> int:
        elapsed_ns = self._monotonic_ns() - timer.started_ns
        # A comparison takes a quarter of what max() does.
        return elapsed_ns if elapsed_ns > 0 else 0


def _outcome_of(error: BaseException) -> Outcome:
    """Return what became of a timer that `error` ended.

    What is no `Exception` (asyncio's and trio's cancellation, GeneratorExit, KeyboardInterrupt, SystemExit) says that
    the work was stopped, not that it failed.
    """
    return "error" if isinstance(error, Exception) else "cancelled"
