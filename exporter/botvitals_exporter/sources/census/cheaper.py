"""The engine `auto`: whichever way of counting stops the bot for less time, on the heap at hand."""

from collections.abc import Iterator

from botvitals_exporter.sources.census.engine import Engine
from botvitals_exporter.sources.census.native import NativeCore

CLONE_SECONDS_PER_BYTE = 15e-12
"""How long a clone stops the bot for each byte of its RSS: the kernel copies page tables (measured: 10 to 25 ps)."""

INLINE_SECONDS_PER_TRACKED_OBJECT = 90e-9
"""How long the count in the process takes for each object that the collector tracks, all others with them (measured:
2.4 objects for each that is tracked, 30 to 50 ns each)."""

TOLERABLE_PAUSE_SECONDS = 0.25
"""The longest that the bot may stand still where a copy is not to be had; beyond that the census is skipped."""


class Cheaper:
    """`snapshot` or `inline`, by what each would cost; `inline` too where a copy fails and the heap is small enough."""

    name = "auto"
    is_native = True
    not_native: str | None = None

    def __init__(self, core: NativeCore, snapshot: Engine, inline: Engine) -> None:
        self._core = core
        self._snapshot = snapshot
        self._inline = inline
        self.engines: tuple[Engine, ...] = (snapshot, inline)

    def in_turn(self, resident_bytes: int | None) -> Iterator[Engine]:
        """Return the engines for a process of that RSS, best first."""
        clone_seconds = (resident_bytes or 0) * CLONE_SECONDS_PER_BYTE
        if self._inline_takes_at_most(clone_seconds):
            yield self._inline
            return
        yield self._snapshot
        if self._inline_takes_at_most(TOLERABLE_PAUSE_SECONDS):
            yield self._inline

    def _inline_takes_at_most(self, seconds: float) -> bool:
        # It looks at no more objects than that, in a small part of the pause that it may save.
        limit = int(seconds / INLINE_SECONDS_PER_TRACKED_OBJECT) + 1
        return self._core.tracked_up_to(limit) < limit
