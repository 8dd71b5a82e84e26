"""An append-only file that never grows past a bound and never holds half a line of ours."""

import contextlib
import os
import stat
from pathlib import Path

MAX_BYTES = 1024**3


class RotatingFile:
    """Appends blocks to the file at `path`; one that would pass `max_bytes` is renamed to end in `.1` first.

    An older `.1` is replaced, so the two together are the bound. A block is never split over two files; one larger than
    `max_bytes` gets a file of its own.

    The file is opened for each block: nothing to close when the bot ends, nothing for its children to inherit, and a
    file that somebody removes or moves away is begun anew. A relative `path` is fixed at once, since a bot may change
    its working directory. The umask decides who may read it, as for any log: it tells less than `ps` shows to
    everybody.

    No lock: a block goes out in one call to the end of the file, so that even two programs that were given one name by
    mistake keep each other's blocks whole.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        with contextlib.suppress(FileNotFoundError):  # the working directory is gone: each attempt to write will say so
            # realpath, so that a symbolic link to another disk stays one when the file behind it is renamed.
            self.path = Path(os.path.realpath(path))
        self._max_bytes = max_bytes

    def append(self, block: bytes) -> None:
        """Write `block`, which ends in a newline, whole or not at all. Raises OSError."""
        self._rotate_before(len(block))
        descriptor = self._open()
        try:
            status = os.fstat(descriptor)
            if stat.S_ISREG(status.st_mode):
                _append_whole(descriptor, status.st_size, block)
            else:
                _write(descriptor, block)
        finally:
            os.close(descriptor)

    def _rotate_before(self, more_bytes: int) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return
        if stat.S_ISREG(status.st_mode) and status.st_size > 0 and status.st_size + more_bytes > self._max_bytes:
            self.path.replace(self.path.with_name(self.path.name + ".1"))

    def _open(self) -> int:
        # Without O_NONBLOCK a pipe that nobody reads would hold the bot up; regular files know no difference.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            return os.open(self.path, flags, 0o666)
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, flags, 0o666)


def _append_whole(descriptor: int, size: int, block: bytes) -> None:
    if size and not _ends_in_newline(descriptor):
        # A crash cut the last line off. It is ended, not removed: it may be whole but for its newline, or not ours at
        # all, and readers leave out one broken line.
        block = b"\n" + block
    try:
        _write(descriptor, block)
    except OSError:
        # On a full disk every later attempt would otherwise leave one more fragment.
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _ends_in_newline(descriptor: int) -> bool:
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) == b"\n"


def _write(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
