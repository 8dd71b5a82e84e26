"""The lines of a recording, a bounded piece of memory at a time."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# A record of 200 types takes about 25 KB; one of 100,000 types still fits. What is longer was never a record.
LONGEST_LINE_BYTES = 16 * 1024**2
_BUFFER_BYTES = 1024**2
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def read_lines(path: Path, longest_bytes: int = LONGEST_LINE_BYTES) -> Iterator[tuple[int, bytes | None]]:
    """Yield each line that is not blank, with the bytes read so far; None stands for a line over `longest_bytes`.

    A file that is still being written is read up to the line in which it ended when it was opened. Raises OSError
    where the file cannot be read, or not to its end.
    """
    with path.open("rb", buffering=_BUFFER_BYTES) as file:
        status = os.fstat(file.fileno())
        # A pipe has no size: it is read to its end.
        end = status.st_size if stat.S_ISREG(status.st_mode) else float("inf")
        position = 0
        while position < end and (line := file.readline(longest_bytes)):
            text = line.removeprefix(_BYTE_ORDER_MARK) if position == 0 else line
            position += len(line)
            if len(line) == longest_bytes and not line.endswith(b"\n"):
                position += _skip_line(file)
                yield position, None
            elif text and not text.isspace():
                yield position, text


def _skip_line(file: BinaryIO) -> int:
    skipped = 0
    while piece := file.readline(_BUFFER_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def size_bytes(path: Path) -> int:
    """Return the size of the file, 0 where it cannot be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
