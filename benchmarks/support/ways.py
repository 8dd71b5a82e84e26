"""One way to count a heap by type: the interface that botvitals' engines and their peers share here."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """What one count found: objects in all, and those of the heap's own class.

    `pause_seconds` is how long the bot stood still, where the way itself tells.
    """

    objects: int
    messages: int
    pause_seconds: float | None = None


class Way(Protocol):
    """One way to count. Making one imports what it needs, and raises ImportError where that is not installed."""

    def count(self) -> Any:
        """Count once: this is what is measured."""

    def found(self, counted: Any) -> Found:
        """Read what `count` returned; this is not measured."""
