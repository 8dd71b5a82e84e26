"""What a bot imports: timers, and what both packages share."""

from botvitals.version import __version__

__all__ = ["__version__"]
