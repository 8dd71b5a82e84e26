"""Files of the kernel's (/proc, control groups), read in a way that an event loop which never rests does not feel.

Beside such a loop a thread that asks for the GIL waits for it for tens of milliseconds, and slows the loop down
meanwhile (measured on two cores: 54 ms each time, and a third of its messages). Python's files ask for it at every
step; the native core reads them whole, with the GIL held.
"""

from pathlib import Path

from botvitals_exporter.sources.census.native import NativeCore, find_native_core


def read_bytes(path: Path | str) -> bytes:
    """Return what a file of the kernel's holds, b"" where it cannot be read."""
    core = find_native_core()
    if isinstance(core, NativeCore):
        return core.read_file(str(path)) or b""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def read_text(path: Path | str) -> str:
    """Return the same as text."""
    return read_bytes(path).decode("utf-8", "surrogateescape")
