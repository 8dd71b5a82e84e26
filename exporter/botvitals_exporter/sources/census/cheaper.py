"""The engine `auto`: whichever way of counting stops the bot for less time, on the heap at hand."""

from collections.abc import Iterator

from botvitals_exporter.sources.census.engine import Engine
from botvitals_exporter.sources.census.native import NativeCore
from botvitals_exporter.sources.census.snapshot import SnapshotEngine

CLONE_SECONDS_PER_BYTE = 15e-12
"""How long a clone stops the bot for each byte of its RSS: the kernel copies page tables (measured: 10 to 25 ps)."""

INLINE_SECONDS_PER_TRACKED_OBJECT = 120e-9
"""How long the count in the process takes for each object that the collector tracks, all others with them (measured:
2.1 objects for each that is tracked, 35 to 75 ns each)."""

MOST_LOOKED_AT = 500_000
"""With so many tracked objects to look is a pause of its own (10 to 20 ms), and to count takes about 50 ms: the longest
that the bot may stand still where a copy is not to be had. Beyond that the census is skipped."""


class Cheaper:
    """`snapshot` or `inline`, by what each would cost; `inline` too where a copy fails and few are tracked."""

    name = "auto"
    is_native = True
    not_native: str | None = None

    def __init__(self, core: NativeCore, snapshot: SnapshotEngine, inline: Engine) -> None:
        self._core = core
        self._snapshot = snapshot
        self._inline = inline
        self.engines: tuple[Engine, ...] = (snapshot, inline)

    def in_turn(self, resident_bytes: int | None) -> Iterator[Engine]:
        """Return the engines for a process of that RSS, best first."""
        if self._snapshot.has_died:  # and so would the bot
            yield self._snapshot
            return
        clone_seconds = (resident_bytes or 0) * CLONE_SECONDS_PER_BYTE
        if self._tracks_fewer_than(int(clone_seconds / INLINE_SECONDS_PER_TRACKED_OBJECT) + 1):
            yield self._inline
            return
        yield self._snapshot
        if self._tracks_fewer_than(MOST_LOOKED_AT):
            yield self._inline

    def _tracks_fewer_than(self, objects: int) -> bool:
        # It looks at no more objects than that, in a small part of the pause that it may save.
        limit = min(objects, MOST_LOOKED_AT)
        return self._core.tracked_up_to(limit) < limit
