"""Waiting at the end of a script that has left nothing to run, so that what goes on in its threads stays watched."""

import atexit
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

# Python waits for a bot's threads before it ends; whoever asked it to end waits no longer than this.
_LAST_THREADS_SECONDS = 2.0


def wait_until_stopped(announce: Callable[[], object]) -> None:
    """Block the main thread until Ctrl+C or SIGTERM; a handler of the bot's own for them runs first.

    `announce` is called once they are waited for, so that nobody who follows its advice comes too early.

    A handler is set for SIGTERM alone, where it has its default, and taken away again. What the bot's handler raises
    goes on upwards, KeyboardInterrupt excepted. After the signal a thread of the bot's that never ends keeps the
    process for two seconds at most: the signal alone would have ended it at once.
    """
    # A signal's number arrives here whatever its handler does.
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def give_signals_back() -> None:
        # A child shares the socket: its own SIGTERM would end its parent's wait, and never the child.
        if signal.getsignal(signal.SIGTERM) is _only_wake:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        descriptor = signal.set_wakeup_fd(-1)
        if descriptor != writer.fileno():
            signal.set_wakeup_fd(descriptor)

    if sys.platform != "win32":
        os.register_at_fork(after_in_child=give_signals_back)
    previous_descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    is_default = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if is_default:
        signal.signal(signal.SIGTERM, _only_wake)
    try:
        announce()
        while not {signal.SIGINT, signal.SIGTERM}.intersection(reader.recv(64)):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        signal.set_wakeup_fd(previous_descriptor)
        if is_default:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        reader.close()
        writer.close()
    threading.Thread(target=_end_at_last, name="botvitals-end", daemon=True).start()


def _only_wake(_signal_number: int, _frame: object) -> None:
    """Let the number be written to the wakeup descriptor, which no signal at its default is."""


def _end_at_last() -> None:
    time.sleep(_LAST_THREADS_SECONDS)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    os._exit(0)
