"""Times as OTLP writes them."""


def nanoseconds(seconds: float) -> int:
    """Return `seconds` (since the epoch) in nanoseconds, exact to the microsecond: finer, a float holds only noise."""
    whole, fraction = divmod(seconds, 1)
    return int(whole) * 1_000_000_000 + round(fraction * 1e6) * 1000
