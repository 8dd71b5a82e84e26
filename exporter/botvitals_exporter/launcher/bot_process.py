"""The bot as a process of its own, started as if no one watched it."""

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import IO, Self, cast

from botvitals.language import gettext as _
from botvitals.redaction import redact
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.errors import LauncherError
from botvitals_exporter.launcher.relay import Relay
from botvitals_exporter.launcher.stop_signals import StopSignals
from botvitals_exporter.launcher.stoppable_bot import StoppableBot
from botvitals_exporter.launcher.stopping import GRACE_SECONDS, Stopping

# Windows lets no signal handler run while the main thread waits.
_WAIT_SLICE_SECONDS = 0.25 if sys.platform == "win32" else threading.TIMEOUT_MAX
# Who asks to stop once more, this long after the bot's end, no longer wants what is left of its output.
_PATIENCE_SECONDS = 1.0


class _Event(Enum):
    BOT_ENDED = auto()
    OUTPUT_SHOWN = auto()


class BotProcess:
    """A running bot: its output goes to the terminal, the signals that we get go to it, its exit code comes back.

    Made by `start`, on the main thread; a context manager that stops a bot which still runs. From then on a stop signal
    ends the bot and not this program, while whoever calls `wait` goes on reading until the bot is gone:

        with BotProcess.start([python, "bot.py"], terminal, failures) as bot:
            while (exit_code := bot.wait(interval_seconds)) is None:
                ...  # take a reading of bot.pid

    The bot shares our terminal, process group, session and standard input. Should this program be killed outright
    (SIGKILL, out of memory), the bot goes on: a watcher's end is no reason to end a bot. Only its output has nowhere
    left to go, and printing fails as it does behind any pipe whose reader has gone.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        events: "queue.SimpleQueue[int | _Event]",
        signals: StopSignals,
        stopping: Stopping,
        clock: Callable[[], float],
    ) -> None:
        self.pid = process.pid
        self._process = process
        self._events = events
        self._signals = signals
        self._stopping = stopping
        self._clock = clock
        self._has_ended = threading.Event()
        self._is_over = threading.Event()

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        terminal: Terminal,
        failures: Failures,
        *,
        grace_seconds: float = GRACE_SECONDS,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Self:
        """Start `command`, a program and its arguments, in `environ` (ours where none is given).

        Raises `LauncherError` where it cannot be started; nothing was printed by then.
        """
        events: queue.SimpleQueue[int | _Event] = queue.SimpleQueue()
        signals = StopSignals(events.put).__enter__()
        try:
            process = _start(command, os.environ if environ is None else environ)
        except BaseException:
            signals.__exit__(None, None, None)
            raise
        bot = cls(process, events, signals, Stopping(StoppableBot(process, terminal, failures), grace_seconds), clock)
        bot._watch_over(Relay(cast(IO[bytes], process.stdout), terminal, lambda: events.put(_Event.OUTPUT_SHOWN)))
        return bot

    @property
    def was_asked_to_stop(self) -> bool:
        """Whether a stop signal has come to us, and gone on to the bot."""
        return self._stopping.was_asked

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """Wait for the bot's end: its exit code once its output is shown, 128+N where signal N killed it, else None.

        Returns None when `timeout_seconds` have passed and the bot still runs. Once it has ended, this waits until its
        last lines are shown.
        """
        if not _wait_for(self._has_ended, timeout_seconds):
            return None
        _wait_for(self._is_over, None)
        status = cast(int, self._process.returncode)
        return 128 - status if status < 0 else status

    def close(self) -> None:
        """Stop a bot that still runs, as a SIGTERM to us would, and give the signals back to those who had them."""
        if not self._has_ended.is_set():
            self._events.put(signal.SIGTERM)
        self.wait()
        self._signals.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _watch_over(self, relay: Relay) -> None:
        relay.start()
        threading.Thread(target=self._await_end, name="botvitals-bot-end", daemon=True).start()
        threading.Thread(target=self._supervise, args=(relay,), name="botvitals-bot-supervisor", daemon=True).start()

    def _await_end(self) -> None:
        if sys.platform == "linux":
            # It stays a zombie until the supervisor, who sends the signals, takes it: none can go to a pid used anew.
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        self._events.put(_Event.BOT_ENDED)

    def _supervise(self, relay: Relay) -> None:
        """Pass signals on and see to it that the bot stops, on a thread that no stuck terminal can hold up."""
        while (event := self._next_event()) is not _Event.BOT_ENDED:
            if isinstance(event, int):
                self._stopping.ask(event, self._clock())
            self._stopping.do_what_is_due(self._clock())
        self._process.wait()
        self._has_ended.set()
        relay.bot_has_ended()
        patience_ends = self._clock() + _PATIENCE_SECONDS
        while not relay.is_over:  # which may have come before the end
            if isinstance(self._events.get(), int) and self._clock() >= patience_ends:
                break
        self._is_over.set()

    def _next_event(self) -> int | _Event | None:
        try:
            return self._events.get(timeout=self._stopping.seconds_left(self._clock()))
        except queue.Empty:
            return None


def _start(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    program = command[0]
    if sys.platform == "win32":
        program = shutil.which(program) or program  # finds `nb.cmd` where `nb` is asked for
    try:
        return subprocess.Popen(  # noqa: S603 - to run what it was given is what the command is for
            [program, *command[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            env={**environ, "PYTHONUNBUFFERED": "1"},
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        text = _("cannot start {program}: {reason}").format(program=redact(command[0]), reason=reason)
        raise LauncherError(text) from error


def _wait_for(event: threading.Event, timeout_seconds: float | None) -> bool:
    ends = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while not event.is_set():
        left = _WAIT_SLICE_SECONDS if ends is None else min(ends - time.monotonic(), _WAIT_SLICE_SECONDS)
        if left <= 0:
            return False
        event.wait(left)
    return True
