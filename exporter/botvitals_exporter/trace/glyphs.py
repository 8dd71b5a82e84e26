"""How durations and bars are written, with signs that the terminal has."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs of a waterfall: what spans and segments are drawn with, and the shortest ones of both."""

    span: str
    segment: str
    short: str
    gap: str
    slowest: str
    bullet: str
    ellipsis: str


_UNICODE = Glyphs(span="━", segment="█", short="▏", gap="┊", slowest="◀", bullet="·", ellipsis="…")
_ASCII = Glyphs(span="=", segment="#", short="|", gap=":", slowest="<", bullet="-", ellipsis="...")


def glyphs_for(encoding: str) -> Glyphs:
    """Return the signs for an output of that encoding: plain ones where it lacks a single one of ours."""
    everything = "".join(getattr(_UNICODE, name) for name in Glyphs.__slots__)
    try:
        everything.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _ASCII
    return _UNICODE


def duration_text(duration_ns: float) -> str:
    """Return a duration as `0.42 ms`, `312 ms`, `4.213 s`, `3m 02s` or `26h 05m`: at most eight characters."""
    seconds = duration_ns / 1e9
    if seconds < 0.00995:
        return f"{seconds * 1000:.2f} ms" if seconds else "0 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.995:
        return f"{seconds:.3f} s" if seconds < 9.9995 else f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes}m {rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours < 1000 else f"{hours // 24}d"
