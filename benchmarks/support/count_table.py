"""What counting one heap takes, way by way, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from statistics import median

from support.markdown import table
from support.one_count import CountResult

_MEGABYTE = 1 << 20
_HEADER = (
    "way",
    "Messages found",
    "objects found",
    "wall",
    "ns an object",
    "longest stall of a thread",
    "of an asyncio loop",
    "extra memory",
)


def median_of(results: Sequence[CountResult]) -> CountResult:
    """Return the median of each number by itself."""
    columns = {field.name: [getattr(result, field.name) for result in results] for field in fields(CountResult)}
    return CountResult(
        **{name: None if None in values else median(values) for name, values in columns.items()}  # type: ignore[arg-type]
    )


def count_table(measured: Mapping[str, CountResult | str], heap_objects: float) -> str:
    """Return the table of results by title; in brackets how many times the first one's it is.

    A text stands for a way that gave no result, and says why. `heap_objects` are those that there are to count.
    """
    results = [result for result in measured.values() if isinstance(result, CountResult)]
    rows = [
        (title, result, *[""] * (len(_HEADER) - 2))
        if isinstance(result, str)
        else _row(title, result, results[0], heap_objects)
        for title, result in measured.items()
    ]
    if results:
        rows.append(_baseline_row(results))
    return table(_HEADER, rows)


def _row(title: str, result: CountResult, ours: CountResult, heap_objects: float) -> tuple[str, ...]:
    return (
        title,
        f"{result.messages:,.0f}",
        f"{result.objects:,.0f}",
        _beside(result.wall, ours.wall),
        f"{result.wall * 1e9 / heap_objects:,.0f}",
        _beside(result.thread_stall, ours.thread_stall),
        _beside(result.loop_stall, ours.loop_stall),
        memory(result.extra_bytes, result.resident_bytes),
    )


def _baseline_row(results: Sequence[CountResult]) -> tuple[str, ...]:
    """The machine alone: what a thread and a loop wait while nothing is counted."""
    thread = median(result.thread_baseline for result in results)
    loop = median(result.loop_baseline for result in results)
    return ("(nothing counted)", "", "", "", "", milliseconds(thread), milliseconds(loop), "")


def _beside(seconds: float, our_seconds: float) -> str:
    return f"{milliseconds(seconds)} ({ratio(seconds / our_seconds)})"


def milliseconds(seconds: float) -> str:
    """Return a time with about three digits."""
    value = seconds * 1_000
    return f"{value:,.{2 if value < 1 else 1 if value < 100 else 0}f} ms"


def ratio(times: float) -> str:
    """Return a ratio with about two digits."""
    return f"{times:,.{2 if times < 2 else 1 if times < 20 else 0}f} ×"


def memory(extra_bytes: float | None, resident_bytes: float) -> str:
    """Return memory in MB and as a share of the bot's RSS."""
    if extra_bytes is None:
        return "not told here"
    return f"{extra_bytes / _MEGABYTE:,.1f} MB ({extra_bytes / resident_bytes:.1%} of RSS)"
