"""The `[PERF]` lines, which people grep for: Chinese unless somebody asked for English."""

import contextlib
import logging
import threading
from collections.abc import Mapping

from botvitals.clean_text import as_text, clean_text
from botvitals.language import log_gettext, mark
from botvitals.timer import Timer

_STARTED = mark("⏱️  [PERF] Started: {subject}")
_CHECKPOINT = mark("⏱️  [PERF] Checkpoint: {subject} | elapsed: {seconds:.3f}s")
_DONE = mark("⏱️  [PERF] Done: {subject} | took: {seconds:.3f}s")
_EXCEPTION = mark(" | exception: {type}")
_SUMMARY = mark("⏱️  [PERF] Summary: {subject} - total: {seconds:.3f}s")
_NOT_FOUND = mark("⏱️  [PERF] Warning: no timer {subject}")
_ABANDONED = mark("⏱️  [PERF] Warning: timers given up since nobody ended them: {count} ({names})")
_FAILED = mark("⏱️  [PERF] Warning: {part} failed and is passed over: {reason}")


class LogLines:
    """Writes to `logger` what happens to timers, where it is on for the line's level. Never raises."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lock = threading.RLock()
        self._said: set[str] = set()

    def started(self, timer: Timer) -> None:
        """Say that `timer` runs."""
        self._write(logging.INFO, _STARTED, subject=_subject(timer.operation_id, timer.description))

    def checkpoint(self, timer: Timer, name: str, description: str, seconds: float) -> None:
        """Say that `timer` has come to the checkpoint `name`."""
        subject = _subject(f"{timer.operation_id}.{name}", description)
        self._write(logging.INFO, _CHECKPOINT, subject=subject, seconds=seconds)

    def done(self, timer: Timer, description: str, seconds: float, error: BaseException | None) -> None:
        """Say that `timer` has ended, by `error` where there is one."""
        tail = "" if error is None else log_gettext(_EXCEPTION).format(type=clean_text(type(error).__name__))
        subject = _subject(timer.operation_id, description)
        self._write(logging.INFO, _DONE, tail, subject=subject, seconds=seconds)

    def summary(self, operation_id: str, seconds: float) -> None:
        """Say how long an operation took."""
        self._write(logging.INFO, _SUMMARY, subject=operation_id, seconds=seconds)

    def not_found(self, operation_id: str) -> None:
        """Warn that no such timer runs."""
        self._write(logging.WARNING, _NOT_FOUND, subject=operation_id)

    def abandoned(self, by_name: Mapping[str, int]) -> None:
        """Warn of timers that were given up, with the names that most of them have."""
        names = sorted(by_name, key=lambda name: by_name[name], reverse=True)
        listed = ", ".join(f"{name} × {by_name[name]}" for name in names[:3])
        text = listed if len(names) <= 3 else f"{listed}, …"
        self._write(logging.WARNING, _ABANDONED, count=sum(by_name.values()), names=text)

    def failed(self, part: str, error: Exception) -> None:
        """Warn once of each `part` of the surroundings (a subscriber, a tracer) that raised."""
        with self._lock:
            if part in self._said:
                return
            self._said.add(part)
        self._write(logging.WARNING, _FAILED, part=part, reason=clean_text(f"{type(error).__name__}: {as_text(error)}"))

    def forget_lock(self) -> None:
        """Take a new lock in a forked child: the old one may be held by a thread that the child does not have."""
        self._lock = threading.RLock()

    def _write(self, level: int, template: str, tail: str = "", **values: object) -> None:
        if not self._logger.isEnabledFor(level):
            return
        # A filter or handler of the bot's may raise, and then there is nobody to tell.
        with contextlib.suppress(Exception):
            self._logger.log(level, log_gettext(template).format(**values) + tail)


def _subject(operation: str, description: str) -> str:
    return f"{operation} - {description}" if description else operation
