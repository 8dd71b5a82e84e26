"""Keeping an exporter's own log lines out of the bot's log, where its failures are said by us, and less often."""

import logging
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self


class Hush(logging.Filter):
    """While entered, loggers called `names` log nothing on this thread; `first` is the first warning they had.

    Other threads are heard as ever: the bot may use the same exporter itself. The filters stay until `remove`.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self._here = threading.local()
        self._loggers = tuple(map(logging.getLogger, names))
        for logger in self._loggers:
            logger.addFilter(self)

    @property
    def first(self) -> str:
        """The first warning or error since it was entered on this thread, empty where there was none."""
        return getattr(self._here, "first", "")

    def filter(self, record: logging.LogRecord) -> bool:
        """Let `record` pass unless it comes from inside."""
        if not getattr(self._here, "is_on", False):
            return True
        if record.levelno >= logging.WARNING and not self._here.first:
            self._here.first = record.getMessage()
        return False

    def remove(self) -> None:
        """Take the filters back."""
        for logger in self._loggers:
            logger.removeFilter(self)

    def __enter__(self) -> Self:
        self._here.is_on, self._here.first = True, ""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.is_on = False
