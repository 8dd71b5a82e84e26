"""What the C library's allocator holds for this process."""

import ctypes
import sys
from collections.abc import Callable
from typing import Self

from botvitals_exporter.readings import AllocatorReading


class _Mallinfo2(ctypes.Structure):
    """`struct mallinfo2`: https://man7.org/linux/man-pages/man3/mallinfo.3.html."""

    _fields_ = [
        ("arena", ctypes.c_size_t),
        ("ordblks", ctypes.c_size_t),
        ("smblks", ctypes.c_size_t),
        ("hblks", ctypes.c_size_t),
        ("hblkhd", ctypes.c_size_t),
        ("usmblks", ctypes.c_size_t),
        ("fsmblks", ctypes.c_size_t),
        ("uordblks", ctypes.c_size_t),
        ("fordblks", ctypes.c_size_t),
        ("keepcost", ctypes.c_size_t),
    ]


class _SymbolInfo(ctypes.Structure):
    """`Dl_info`: https://man7.org/linux/man-pages/man3/dladdr.3.html."""

    _fields_ = [
        ("file_name", ctypes.c_char_p),
        ("file_base", ctypes.c_void_p),
        ("symbol_name", ctypes.c_char_p),
        ("symbol_address", ctypes.c_void_p),
    ]


class AllocatorSource:
    """Reads glibc's malloc of the running process, through `mallinfo2` (glibc 2.33 and later)."""

    def __init__(self, mallinfo2: Callable[[], _Mallinfo2]) -> None:
        self._mallinfo2 = mallinfo2

    @classmethod
    def find(cls) -> Self | None:
        """Return the source, None where memory is not glibc's to give: other systems, musl, jemalloc preloaded."""
        if sys.platform != "linux":
            return None
        try:
            library = ctypes.CDLL(None)
            mallinfo2 = library.mallinfo2
            if _file_of(library, "malloc") != _file_of(library, "mallinfo2"):
                return None
        except (AttributeError, OSError):
            return None
        mallinfo2.argtypes = []
        mallinfo2.restype = _Mallinfo2
        return cls(mallinfo2)

    def read(self) -> AllocatorReading:
        """Return what malloc holds: `used` in blocks handed out, mapped ones counted; `free` in blocks it keeps.

        `used` is uordblks + hblkhd, `free` fordblks, over all arenas. Pages of free blocks may have gone back to the
        system already.
        """
        info = self._mallinfo2()
        return AllocatorReading(used_bytes=info.uordblks + info.hblkhd, free_bytes=info.fordblks)


def _file_of(library: ctypes.CDLL, symbol: str) -> bytes | None:
    """The file that `symbol` comes from as this process resolves it: a preloaded allocator brings its own malloc."""
    info = _SymbolInfo()
    address = ctypes.cast(getattr(library, symbol), ctypes.c_void_p)
    return info.file_name if library.dladdr(address, ctypes.byref(info)) else None
