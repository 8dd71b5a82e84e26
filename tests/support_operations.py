"""Finished operations, and timers that a test ends by hand."""

from collections.abc import Callable

from botvitals.operation import Checkpoint, Operation, Outcome

EPOCH = 1_700_000_000.0
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"


def operation(
    name: str = "reply",
    duration_seconds: float = 1.0,
    outcome: Outcome = "ok",
    *marks: tuple[str, float],
    start_seconds: float = EPOCH,
    span_id: str = "",
    is_sampled: bool = False,
) -> Operation:
    """An operation with a checkpoint for each pair of name and seconds since the start."""
    return Operation(
        operation_id=f"{name}_1",
        name=name,
        description="",
        start_seconds=start_seconds,
        duration_seconds=duration_seconds,
        outcome=outcome,
        checkpoints=tuple(Checkpoint(label, "", elapsed) for label, elapsed in marks),
        trace_id=TRACE_ID if span_id else "",
        span_id=span_id,
        is_sampled=is_sampled,
    )


def traced(span_id: str = SPAN_ID, duration_seconds: float = 1.0, *marks: tuple[str, float]) -> Operation:
    """A sampled operation that was ok."""
    return operation("reply", duration_seconds, "ok", *marks, span_id=span_id, is_sampled=True)


class FakeTimers:
    """What an exporter asks of a PerformanceMonitor, set by the test."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.running: dict[str, int] = {}
        self.given_up: dict[str, int] = {}
        self.callbacks: list[Callable[[Operation], None]] = []

    def subscribe(self, callback: Callable[[Operation], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def started(self) -> list[str]:
        return self.names

    def in_progress(self) -> dict[str, int]:
        return self.running

    def abandoned(self) -> dict[str, int]:
        return self.given_up

    def finish(self, *operations: Operation) -> None:
        for finished in operations:
            for callback in self.callbacks:
                callback(finished)
