"""One finished timer, as it is handed on: frozen, so that it can go to any thread.

Named tuples, since a frozen dataclass takes twice as long to make, and a bot makes five of them for a short timer.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple, get_args

Outcome = Literal["ok", "error", "cancelled", "abandoned"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Checkpoint(NamedTuple):
    """One mark of a timer: `elapsed_seconds` since the timer's start."""

    name: str
    description: str
    elapsed_seconds: float


# From its three fields as one plain tuple: the named tuple's own constructor is Python code, and takes twice as long.
new_checkpoint: Callable[[tuple[str, str, float]], Checkpoint] = partial(tuple.__new__, Checkpoint)


class Operation(NamedTuple):
    """One finished timer. Texts are free of secrets; `name` is what many operations have in common, without ids.

    `start_seconds` is seconds since the epoch, the durations are monotonic. `trace_id` and `span_id` are hexadecimal as
    Jaeger shows them, empty where no span is exported, which `is_sampled` says too: such ids would lead nowhere.
    """

    operation_id: str
    name: str
    description: str
    start_seconds: float
    duration_seconds: float
    outcome: Outcome
    checkpoints: tuple[Checkpoint, ...]
    trace_id: str = ""
    span_id: str = ""
    is_sampled: bool = False
