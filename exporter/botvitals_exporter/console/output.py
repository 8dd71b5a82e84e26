"""One stream of the terminal's, written to without its buffers, its locks and its limits."""

import os
import select
import sys
from contextlib import suppress
from typing import Protocol, TextIO


class _Raw(Protocol):
    def write(self, data: bytes, /) -> int | None: ...


class Output:
    """Writes bytes and texts to `stream` as it was when this was made, past what anyone makes of it afterwards.

    The bytes go to the file under the stream, not into the stream's buffer: nothing of ours can be left in there to
    make a later flush fail (which would turn the exit code into 120), and no lock is shared with a bot that prints to
    the same stream. `stream` is None in programs that have none (pythonw): all writes then go nowhere.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        buffer = getattr(stream, "buffer", None)
        self._raw: _Raw | None = getattr(buffer, "raw", buffer)  # with `python -u` the buffer is the file itself
        self.is_terminal = _is_terminal(stream)

    @property
    def encoding(self) -> str:
        """The encoding that the stream has now; the program may have changed it."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def columns(self) -> int | None:
        """How many cells a line of the terminal has now; None where there is no terminal, or it does not say."""
        if self._stream is None or not self.is_terminal:
            return None
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or None
        except (OSError, ValueError):
            return None

    def write_text(self, text: str) -> None:
        """Write `text`, a question mark for whatever the stream's encoding lacks. Raises OSError and ValueError."""
        try:
            data = text.encode(self.encoding, "replace")
        except LookupError:
            data = text.encode("ascii", "replace")
        self._write(data)

    def write_foreign_bytes(self, data: bytes) -> None:
        """Write another program's output as it is. Raises OSError and ValueError."""
        if sys.platform == "win32" and self.is_terminal and self._stream is not None:
            # Python's own console file takes UTF-8 only; the console itself knows what its programs write.
            while data:
                data = data[os.write(self._stream.fileno(), data) :]
            return
        self._write(data)

    def is_same_place_as(self, other: "Output") -> bool:
        """Tell whether what is written to both ends up in one place: one terminal, or one file."""
        if self._stream is None or other._stream is None:
            return False
        if self._stream is other._stream or (self.is_terminal and other.is_terminal):
            return True
        try:
            return os.path.sameopenfile(self._stream.fileno(), other._stream.fileno())
        except (OSError, ValueError):
            return False

    def _write(self, data: bytes) -> None:
        if self._stream is None:
            return
        if self._raw is None:  # a stream of text alone, such as IDLE's
            self._stream.write(data.decode(self.encoding, "replace"))
            self._stream.flush()
            return
        with suppress(OSError, ValueError):  # what was printed before comes first
            self._stream.flush()
        rest = memoryview(data)
        while rest:
            written = self._raw.write(rest)  # type: ignore[arg-type]  # any buffer will do
            if written is None:  # a bot has made the terminal that we share non-blocking: wait as if it had not
                select.select([], [self._stream], [])
            else:
                rest = rest[written:]


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
