"""One timer: what is known of it while it runs, and afterwards."""

from collections.abc import Mapping

from opentelemetry.trace import Span

from botvitals.operation import Checkpoint, Operation

Carrier = Mapping[str, str]


class Timer:
    """A timer from its start on.

    `key` is what callers know it by and never leaves the process; `operation_id`, `name` and `description` are clean.
    `started_ns` and `ended_ns` are monotonic, `start_time_ns` is the wall clock's. `span` is None where nobody asked
    for one, `is_recording` says whether it takes events. A finished timer keeps nothing but its `operation`, which is
    None while it runs and once its summary is cleared.
    """

    __slots__ = (
        "checkpoints",
        "description",
        "ended_ns",
        "is_recording",
        "is_running",
        "key",
        "name",
        "operation",
        "operation_id",
        "span",
        "start_time_ns",
        "started_ns",
    )

    def __init__(
        self, key: str, operation_id: str, name: str, description: str, start_time_ns: int, started_ns: int
    ) -> None:
        self.key = key
        self.operation_id = operation_id
        self.name = name
        self.description = description
        self.start_time_ns = start_time_ns
        self.started_ns = started_ns
        self.ended_ns = 0
        self.is_running = True
        self.is_recording = False
        self.span: Span | None = None
        self.checkpoints: list[Checkpoint] = []
        self.operation: Operation | None = None
