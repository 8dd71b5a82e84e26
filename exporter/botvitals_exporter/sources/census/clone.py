"""A forked copy of the process that does one piece of work, hands back bytes and is gone.

The copy runs no code of the bot's beyond the at-fork hooks that `os.fork` itself runs: no signal handlers, no
finalizers, no atexit. It holds no descriptor but the pipe of its answer, offers itself first to the kernel's
out-of-memory killer, and ends by itself where its parent is gone.
"""

import contextlib
import gc
import os
import select
import signal
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from botvitals.language import gettext as _
from botvitals_exporter.sources.census.engine import CensusSkippedError

CLONE_NAME = "botvitals-census"
"""How the copy is named in /proc/PID/comm, of which the kernel keeps the first 15 characters."""

CLONES_HERE = hasattr(os, "fork")

Work = Callable[[Callable[[], object]], bytes]
"""What the copy does; it calls what it is given every few milliseconds."""

_LENGTH_BYTES = 8
_LOOK_AGAIN_MILLISECONDS = 100


@dataclass(frozen=True, slots=True)
class CloneResult:
    """What the copy answered, how long the fork stopped the calling process, and the processor time the copy used."""

    answer: bytes
    fork_seconds: float
    cpu_seconds: float


def run_in_clone(work: Work, deadline_seconds: float) -> CloneResult:
    """Do `work` in a copy of this process and wait for its answer.

    Raises CensusSkippedError with `clone_failed` where the copy cannot be made or dies, with `deadline` where it takes
    longer than `deadline_seconds`; it is killed then. Whatever happens, it is reaped, by its own pid.
    """
    with contextlib.ExitStack() as pipe:
        try:
            reading, writing = os.pipe()
        except OSError as error:
            raise _failed(error.strerror) from error
        pipe.callback(os.close, reading)
        parent = os.getpid()
        began_seconds = time.perf_counter()
        ends_seconds = began_seconds + deadline_seconds
        try:
            pid = _fork()
        except (OSError, RuntimeError) as error:
            os.close(writing)
            raise _failed(getattr(error, "strerror", None) or str(error)) from error
        if pid == 0:
            _be_the_clone(work, writing, parent)
        fork_seconds = time.perf_counter() - began_seconds
        clone = _Clone(pid)
        try:
            os.close(writing)
            answer = _receive(reading, clone, ends_seconds)
        finally:
            clone.end()
    if answer is None:
        raise CensusSkippedError(
            "deadline", _("the copy that counts took longer than {seconds:g} s").format(seconds=deadline_seconds)
        )
    length = int.from_bytes(answer[:_LENGTH_BYTES], "little")
    if not length or len(answer) != _LENGTH_BYTES + length:
        raise _failed(_("it died"))
    return CloneResult(answer[_LENGTH_BYTES:], fork_seconds, clone.cpu_seconds)


def _failed(reason: str | None) -> CensusSkippedError:
    return CensusSkippedError("clone_failed", _("the copy that counts failed: {reason}").format(reason=reason))


def _fork() -> int:
    """Fork with every signal blocked, and so for ever in the copy: a handler of the bot's would run there otherwise."""
    if sys.version_info >= (3, 12):
        # Python warns of forks with threads; where warnings are errors it would raise after the copy exists. The filter
        # speaks of this module's warning alone; it stays, since putting filters back is not safe with threads.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=__name__.replace(".", r"\.") + "$")
    pid = -1
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    # The copy takes its name from the thread that forks: named any later, it would be read as a child of the bot's.
    name = _rename_thread(CLONE_NAME.encode())
    try:
        pid = os.fork()
    finally:
        if pid != 0:
            _rename_thread(name)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


def _rename_thread(name: bytes) -> bytes:
    """Rename the calling thread for the kernel and return what it was called; "" where that cannot be done."""
    with contextlib.suppress(OSError):  # not on this system: then the copy is read as a child
        descriptor = os.open("/proc/thread-self/comm", os.O_RDWR)
        try:
            before = os.read(descriptor, 64).removesuffix(b"\n")
            os.write(descriptor, name)
            return before
        finally:
            os.close(descriptor)
    return b""


def _be_the_clone(work: Work, writing: int, parent: int) -> NoReturn:
    def end_when_nobody_waits() -> None:
        if os.getppid() != parent:
            os._exit(1)

    try:
        gc.disable()
        _close_all_but(writing)
        _offer_to_oom_killer()
        answer = work(end_when_nobody_waits)
        unsent = memoryview(len(answer).to_bytes(_LENGTH_BYTES, "little") + answer)
        while unsent:
            unsent = unsent[os.write(writing, unsent) :]
        os._exit(0)
    finally:
        os._exit(1)  # whatever it was, nothing of the bot's may run here on the way out


def _close_all_but(kept: int) -> None:
    listing = next((folder for folder in ("/proc/self/fd", "/dev/fd") if Path(folder).is_dir()), None)
    if listing is None:
        os.closerange(0, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
        return
    for descriptor in [int(path.name) for path in Path(listing).iterdir()]:
        if descriptor != kept:
            with contextlib.suppress(OSError):  # the listing's own is closed by now
                os.close(descriptor)


def _offer_to_oom_killer() -> None:
    with contextlib.suppress(OSError):  # not on this system: then the copy is merely less polite
        descriptor = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(descriptor, b"1000")
        os.close(descriptor)


def _receive(reading: int, clone: "_Clone", ends_seconds: float) -> bytes | None:
    """Return all that the copy wrote before it ended, None where the deadline came first."""
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    received = bytearray()
    while (left_seconds := ends_seconds - time.perf_counter()) > 0:
        if poll.poll(min(_LOOK_AGAIN_MILLISECONDS, left_seconds * 1000)):
            some = os.read(reading, 1 << 16)
            if not some:
                return bytes(received)
            received += some
        elif clone.has_ended():  # and another child of the bot's holds the pipe open
            return bytes(received)
    return None


class _Clone:
    """The copy as its parent knows it. Others may reap it first, by `waitpid(-1)` or by ignoring SIGCHLD."""

    def __init__(self, pid: int) -> None:
        self.cpu_seconds = 0.0
        self._pid = pid
        self._is_reaped = False

    def has_ended(self) -> bool:
        """Return whether the copy is gone; reap it if it is."""
        self._wait(os.WNOHANG)
        return self._is_reaped

    def end(self) -> None:
        """Kill the copy unless it is gone, and reap it. Its answer has been read, so nothing is lost."""
        if not self.has_ended():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self._wait(0)

    def _wait(self, options: int) -> None:
        if self._is_reaped:
            return
        try:
            pid, _status, usage = os.wait4(self._pid, options)
        except ChildProcessError:
            self._is_reaped = True
        else:
            if pid:
                self._is_reaped = True
                self.cpu_seconds = usage.ru_utime + usage.ru_stime
