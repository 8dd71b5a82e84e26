"""Pictures: small PNG files of grey noise."""

import random
import struct
import zlib

SIZE = 96


def picture(dice: random.Random) -> bytes:
    """Return a PNG of SIZE × SIZE pixels, some 9 KB."""
    rows = b"".join(b"\0" + dice.randbytes(SIZE) for _ in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
