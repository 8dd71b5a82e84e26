"""The signals that ask a watching command to stop, handed on instead of acted upon."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

if sys.platform == "win32":
    STOP_SIGNALS = (signal.SIGINT, signal.SIGBREAK, signal.SIGTERM)
else:
    STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While it is entered, on the main thread, each stop signal goes to `tell`, from within the handler.

    `tell` has to be quick and safe to re-enter, as `SimpleQueue.put` is. A signal that is ignored stays so (`nohup`, or
    a job that a shell started in the background), and each gets its handler back at the end.
    """

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for signal_number in STOP_SIGNALS:
            if signal.getsignal(signal_number) not in (signal.SIG_IGN, None):
                self._previous[signal_number] = signal.signal(signal_number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._previous:
            signal.signal(*self._previous.popitem())

    def _handle(self, signal_number: int, _frame: FrameType | None) -> None:
        self._tell(signal_number)


def reaches_by_terminal(signal_number: int, pid: int) -> bool:
    """Tell whether the key that sent us `signal_number` has sent it to process `pid` as well.

    A terminal sends Ctrl+C to its foreground process group: where that is ours and `pid`'s alike, both got it. (There
    is no telling who sent a signal to a Python handler. One sent by `kill` to us alone, while we stand in a terminal's
    foreground, therefore counts as a key too, and the bot gets the SIGTERM that follows.) On Windows the console sends
    Ctrl+C and Ctrl+Break to all its programs.
    """
    if sys.platform == "win32":
        return signal_number in (signal.SIGINT, signal.SIGBREAK)
    if signal_number != signal.SIGINT:
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp() == os.getpgid(pid)
    except OSError:
        return False
    finally:
        os.close(terminal)
