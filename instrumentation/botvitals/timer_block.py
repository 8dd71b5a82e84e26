"""A timer around a block of code: `with` and `async with`."""

from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

from opentelemetry import context as otel_context
from opentelemetry.trace import SpanKind, set_span_in_context

from botvitals.operation_names import names_of
from botvitals.timer import Carrier, Timer
from botvitals.timers import Timers

# Tells whether a block ends in the context in which it began. A generator may be closed in another one, where
# OpenTelemetry cannot detach what was attached, and would log that.
_innermost: ContextVar[object] = ContextVar("botvitals_innermost_block", default=None)

_Attached = tuple[Token[object], Token[otel_context.Context]]


class TimerBlock:
    """What `timer()` and `async_timer()` return: entering it starts a timer, leaving it ends it.

    It can be entered again, also inside itself; `checkpoint` then means the innermost. Tasks and threads that run side
    by side take a block each. An exception that leaves the block is recorded and goes on.
    """

    __slots__ = ("_arguments", "_entered", "_is_current", "_timers")

    def __init__(
        self,
        timers: Timers,
        key: str,
        description: object,
        name: object,
        parent: Carrier | None,
        kind: SpanKind | None,
        is_current: bool = True,
    ) -> None:
        self._timers = timers
        self._arguments = (key, description, name, parent, kind)
        self._is_current = is_current
        self._entered: list[tuple[Timer, _Attached | None]] = []

    def checkpoint(self, name: object, description: object = "") -> float | None:
        """Mark where the operation is; return the seconds since its start, None where it runs no more."""
        if self._entered:
            seconds = self._timers.checkpoint(self._entered[-1][0], name, description)
            if seconds is not None:
                return seconds
        self._timers.log.not_found(names_of(self._arguments[0])[0])
        return None

    def __enter__(self) -> Self:
        timer = self._timers.start(*self._arguments)
        self._entered.append((timer, _make_current(timer) if self._is_current else None))
        return self

    def __exit__(
        self,
        _error_type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        timer, attached = self._entered.pop()
        if attached is not None:
            _make_not_current(attached)
        self._timers.end(timer, "", error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(error_type, error, traceback)


def _make_current(timer: Timer) -> _Attached | None:
    if timer.span is None:
        return None
    return _innermost.set(timer), otel_context.attach(set_span_in_context(timer.span))


def _make_not_current(attached: _Attached) -> None:
    ours, theirs = attached
    try:
        _innermost.reset(ours)
    except ValueError:
        return
    otel_context.detach(theirs)
