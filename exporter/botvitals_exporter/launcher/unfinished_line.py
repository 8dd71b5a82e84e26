"""Whole lines at once, an unfinished one after a moment: what of a program's output is shown when."""

HOLD_SECONDS = 0.2
HOLD_BYTES = 65_536


class UnfinishedLine:
    """Holds the end of the output back until its line is finished, so that nothing of ours is written into it.

    It is held for `HOLD_SECONDS` from its first byte on (a prompt has no newline to wait for) and up to `HOLD_BYTES`.
    `now_seconds` may come from any clock that never goes back.
    """

    def __init__(self) -> None:
        self._held = b""
        self._since_seconds = 0.0

    def take(self, data: bytes, now_seconds: float, *, is_line_open: bool) -> bytes:
        """Add `data` and return what may be shown now; `is_line_open` tells that its beginning has been shown."""
        if data and not self._held:
            self._since_seconds = now_seconds
        together = self._held + data
        end = together.rfind(b"\n") + 1
        if end:
            self._since_seconds = now_seconds
        elif is_line_open:
            end = len(together)
        if len(together) - end > HOLD_BYTES or now_seconds - self._since_seconds >= HOLD_SECONDS:
            end = len(together)
        self._held = together[end:]
        return together[:end]

    def seconds_left(self, now_seconds: float) -> float | None:
        """Return how long what is held may stay so, None where nothing is."""
        return max(0.0, self._since_seconds + HOLD_SECONDS - now_seconds) if self._held else None

    def rest(self) -> bytes:
        """Return what is held, at the end of the output."""
        held, self._held = self._held, b""
        return held
