"""The lines of a recording, a bounded piece of memory at a time."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from botvitals.language import gettext as _
from botvitals.language import ngettext

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


def what_is_wrong(path: Path, usable: int, left_out: int) -> str | None:
    """Return a line for a person about a recording that is empty or damaged, None for one that is not."""
    if not usable and not left_out:
        return _("{path} is empty").format(path=path)
    if not usable:
        # The recorders write two files, and the old script named its option after the one that cannot be drawn.
        drawable = path.with_name(f"{path.name}.jsonl")
        if drawable.is_file():
            return _("{path} is the text, which cannot be drawn; the recording is {drawable}").format(
                path=path, drawable=drawable
            )
        return _("{path} is no recording: not one of its lines can be read").format(path=path)
    if left_out:
        text = ngettext(
            "{path}: left out {number} line that cannot be read",
            "{path}: left out {number} lines that cannot be read",
            left_out,
        )
        return text.format(path=path, number=f"{left_out:,}")
    return None
