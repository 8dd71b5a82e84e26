"""Files of the kernel's (/proc, control groups), read in a way that an event loop which never rests does not feel.

Beside such a loop a thread that asks for the GIL waits for it for tens of milliseconds, and slows the loop down
meanwhile (measured on two cores: 54 ms each time, and a third of its messages). Python's files ask for it at every
step; `_kernel_files`, where a compiler has built it, reads them whole, with the GIL held. That is for what the kernel
knows by itself: what it has to look for in another process's memory, such as a command line, may keep a reader waiting.
"""

import os
from pathlib import Path

try:
    from botvitals_exporter.sources import _kernel_files as _native
except ImportError:
    _native = None  # type: ignore[assignment] # a module that is not there has no other type

_PIECE_BYTES = 65536


def read_bytes(path: Path | str) -> bytes:
    """Return what a file of the kernel's holds, b"" where it cannot be read."""
    if _native is not None:
        return _native.read_file(str(path)) or b""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        content = b""
        # A list longer than a page comes a page at a time.
        while piece := os.read(descriptor, _PIECE_BYTES):
            content += piece
        return content
    except OSError:  # the process has ended since
        return b""
    finally:
        os.close(descriptor)


def read_text(path: Path | str) -> str:
    """Return the same as text."""
    return read_bytes(path).decode("utf-8", "surrogateescape")


def list_folder(path: Path | str) -> list[str]:
    """Return the names in a folder of the kernel's but for hidden ones, none where it cannot be read."""
    if _native is not None:
        return _native.list_folder(str(path)) or []
    try:
        return [entry.name for entry in Path(path).iterdir() if not entry.name.startswith(".")]
    except OSError:
        return []
