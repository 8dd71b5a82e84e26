"""One source, read on a clock: its last reading, and how its reading went."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from botvitals_exporter.failures import Failures, describe

Reading = TypeVar("Reading")


class Watch(Generic[Reading]):
    """Reads a source and keeps its last reading; a source that fails costs its own reading only.

    `last` is None before the first reading and after one that failed, so that nothing stale is published. `up` is None
    before the first reading. `gone` are exceptions that say that there is nothing left to read, which is no failure.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[], Reading],
        failures: Failures,
        gone: tuple[type[Exception], ...] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.name = name
        self.last: Reading | None = None
        self.up: bool | None = None
        self.duration_seconds = 0.0
        self._read = read
        self._failures = failures
        self._gone = gone
        self._clock = clock

    def refresh(self) -> Reading | None:
        """Read the source once and return what it saw, None where it failed. Never raises."""
        began = self._clock()
        try:
            reading = self._read()
        except self._gone:
            self.last, self.up = None, False
        except Exception as error:  # noqa: BLE001 - whatever a source meets, the bot and the other sources go on
            self.last, self.up = None, False
            self._failures.note(self.name, f"{self.name}: {describe(error)}", kind=type(error).__name__)
        else:
            self.last, self.up = reading, True
        self.duration_seconds = self._clock() - began
        return self.last
