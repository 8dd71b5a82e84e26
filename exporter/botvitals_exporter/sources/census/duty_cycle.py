"""How often a census may be taken, by what it costs the bot."""

from collections import deque

PAUSE_SHARE = 0.02
"""The share of the interval that the bot may stand still for a census."""

CPU_SHARE = 0.10
"""The share of the interval that a census may take in processor time."""

_HEADROOM = (
    1.25  # a stretched interval is longer than needed by this, so that a growing heap does not move it each time
)
_SHRINK_BELOW = 0.75  # and shrinks only where this share of it would do, …
_SHRINK_AFTER = 3  # … by the costliest of so many censuses: one cheap census between dear ones changes nothing


class DutyCycle:
    """The interval asked for, or as much more as the cost of the last censuses needs; `is_fixed` forbids that."""

    def __init__(self, asked_seconds: float, *, is_fixed: bool = False) -> None:
        self.asked_seconds = asked_seconds
        self.interval_seconds = asked_seconds
        self._is_fixed = is_fixed
        self._needs: deque[float] = deque(maxlen=_SHRINK_AFTER)

    def spend(self, pause_seconds: float, cpu_seconds: float) -> None:
        """Take the cost of one census into account."""
        if self._is_fixed:
            return
        need = max(pause_seconds / PAUSE_SHARE, cpu_seconds / CPU_SHARE)
        self._needs.append(need)
        if need > self.interval_seconds:
            self.interval_seconds = need * _HEADROOM
        elif len(self._needs) == _SHRINK_AFTER:
            enough = max(self.asked_seconds, max(self._needs) * _HEADROOM)
            if enough == self.asked_seconds or enough <= self.interval_seconds * _SHRINK_BELOW:
                self.interval_seconds = enough
