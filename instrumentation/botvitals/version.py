"""The version of the distribution, its one place."""

__version__ = "0.1.0"
