"""The demo bot's child process: it holds vectors in memory and answers which is nearest to a line of text."""

import array
import random
import sys
import zlib

DIMENSIONS = 384
VECTORS = 10_000


def main() -> None:
    """Answer each line on stdin with the number of a vector."""
    vectors = [array.array("d", bytes(8 * DIMENSIONS)) for _ in range(VECTORS)]
    for vector in vectors:
        vector[random.randrange(DIMENSIONS)] = 1.0
    for line in sys.stdin:
        nearest = zlib.crc32(line.encode()) % len(vectors)
        print(f"nearest to it is memory {nearest}", flush=True)


if __name__ == "__main__":
    main()
