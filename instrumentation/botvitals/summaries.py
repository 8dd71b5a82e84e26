"""What is kept of finished timers, and how it reads."""

import time
from collections import deque
from collections.abc import Sequence
from threading import RLock
from typing import TypedDict

from botvitals.operation import Checkpoint, Operation, Outcome
from botvitals.timer import Timer

MAX_SUMMARIES = 1_000


class CheckpointSummary(TypedDict):
    """One mark: `elapsed` seconds since the start, `timestamp` as `YYYY-mm-dd HH:MM:SS` in local time."""

    name: str
    description: str
    elapsed: float
    timestamp: str


class OperationSummary(TypedDict):
    """One timer: times in seconds since the epoch, `duration` in seconds, `timestamp` (of the end) in local time.

    Of a running timer `duration` is what it has taken so far, and `end_time` and `outcome` are None.
    """

    operation_id: str
    name: str
    description: str
    start_time: float
    end_time: float | None
    duration: float
    timestamp: str
    outcome: Outcome | None
    checkpoints: list[CheckpointSummary]
    trace_id: str
    span_id: str


class FinishedTimers:
    """The timers that ended last, at most `MAX_SUMMARIES`, each with its operation; for all threads."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = RLock()
        self._by_age: deque[Timer] = deque()
        self._last_of_key: dict[str, Timer] = {}

    def add(self, timer: Timer) -> None:
        """Keep `timer` and let the oldest go where there are too many."""
        by_age = self._by_age
        with self._lock:
            self._last_of_key[timer.key] = timer
            by_age.append(timer)
            if len(by_age) > MAX_SUMMARIES:
                self._let_go(by_age.popleft())

    def remove(self, timer: Timer) -> None:
        """Let the operation of `timer` go; its place stays taken until it is its turn."""
        with self._lock:
            self._let_go(timer)

    def _let_go(self, timer: Timer) -> None:
        timer.operation = None
        if self._last_of_key.get(timer.key) is timer:
            del self._last_of_key[timer.key]

    def last_of(self, key: str) -> Timer | None:
        """Return the timer with this key that ended last, None where there is none any more."""
        return self._last_of_key.get(key)

    def forget_all(self) -> None:
        """Begin anew in a forked child, whose lock may be held by a thread that it does not have."""
        self._begin()


def summary_of(operation: Operation, *, is_running: bool = False) -> OperationSummary:
    """Return `operation` as the mapping that callers get."""
    start, duration = operation.start_seconds, operation.duration_seconds
    return {
        "operation_id": operation.operation_id,
        "name": operation.name,
        "description": operation.description,
        "start_time": start,
        "end_time": None if is_running else start + duration,
        "duration": duration,
        "timestamp": _local_time(start + duration),
        "outcome": None if is_running else operation.outcome,
        "checkpoints": _checkpoints(start, operation.checkpoints),
        "trace_id": operation.trace_id,
        "span_id": operation.span_id,
    }


def _checkpoints(start: float, checkpoints: Sequence[Checkpoint]) -> list[CheckpointSummary]:
    return [
        {
            "name": checkpoint.name,
            "description": checkpoint.description,
            "elapsed": checkpoint.elapsed_seconds,
            "timestamp": _local_time(start + checkpoint.elapsed_seconds),
        }
        for checkpoint in checkpoints
    ]


def _local_time(epoch_seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(epoch_seconds))
