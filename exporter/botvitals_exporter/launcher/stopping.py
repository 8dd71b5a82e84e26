"""How a bot is stopped: asked, asked again by SIGTERM, killed with its children."""

import signal
from typing import Protocol

ANNOUNCE_SECONDS = 1.0
TERMINATE_SECONDS = 5.0
GRACE_SECONDS = 8.0


class Stoppable(Protocol):
    """What is to be stopped; nothing of this may raise."""

    def ask(self, signal_number: int) -> None:
        """Send `signal_number`, unless it got there by itself."""

    def remember_children(self) -> None:
        """Look who its children are, while it still has them."""

    def announce(self, *, terminate_seconds: float | None, kill_seconds: float) -> None:
        """Say how long it may still take: until SIGTERM, where that is to come, and until it is killed."""

    def terminate(self) -> None:
        """Send SIGTERM to one that has not gone in time."""

    def kill(self) -> None:
        """Kill it and all children that it was ever seen with."""


class Stopping:
    """Passes each signal on at once; what is still there after 5 s gets SIGTERM, after `grace_seconds` it is killed.

    Most bots are gone within a second. What is left of the time is said of one that is not, lest who pressed Ctrl+C
    take the silence for a hang; a grace too short for that needs no such line.

    The times run from the first signal. SIGTERM is not repeated where it was what was passed on: it makes some bots
    break off the very stop that it began. A grace of less than 8 s shortens the wait for it in proportion.
    """

    def __init__(self, bot: Stoppable, grace_seconds: float = GRACE_SECONDS) -> None:
        self._bot = bot
        self._terminate_after = min(TERMINATE_SECONDS, grace_seconds * TERMINATE_SECONDS / GRACE_SECONDS)
        self._kill_after = grace_seconds
        self._announce_at: float | None = None
        self._terminate_at: float | None = None
        self._kill_at: float | None = None
        self.was_asked = False

    def ask(self, signal_number: int, now_seconds: float) -> None:
        """Pass on a signal that asks to stop."""
        if not self.was_asked:
            self.was_asked = True
            self._terminate_at = now_seconds + self._terminate_after
            self._kill_at = now_seconds + self._kill_after
            if self._terminate_after > 2 * ANNOUNCE_SECONDS:
                self._announce_at = now_seconds + ANNOUNCE_SECONDS
            self._bot.remember_children()  # before the bot ends those between it and its grandchildren
        self._bot.ask(signal_number)
        if signal_number == signal.SIGTERM:
            self._terminate_at = None

    def seconds_left(self, now_seconds: float) -> float | None:
        """Return when there is something to do again, None where there is not."""
        due = [at for at in (self._announce_at, self._terminate_at, self._kill_at) if at is not None]
        return max(0.0, min(due) - now_seconds) if due else None

    def do_what_is_due(self, now_seconds: float) -> None:
        """Announce, terminate or kill, where its time has come."""
        if self._kill_at is not None and now_seconds >= self._kill_at:
            self._announce_at = self._terminate_at = self._kill_at = None
            self._bot.kill()
        elif self._terminate_at is not None and now_seconds >= self._terminate_at:
            self._announce_at = self._terminate_at = None
            self._bot.remember_children()
            self._bot.terminate()
        elif self._announce_at is not None and self._kill_at is not None and now_seconds >= self._announce_at:
            self._announce_at = None
            self._bot.announce(
                terminate_seconds=None if self._terminate_at is None else self._terminate_at - now_seconds,
                kill_seconds=self._kill_at - now_seconds,
            )
