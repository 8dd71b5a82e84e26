"""What counting costs a bot that has no time left, way by way, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from support.busy_bot import BusyResult
from support.count_table import memory, milliseconds
from support.markdown import table

_HEADER = ("way", "cores", "messages/s without", "with", "lost", "noise", "censuses done", "one takes", "extra memory")


@dataclass(frozen=True, slots=True)
class BusyRow:
    """One way on all cores or on one; a text instead of a result says why there is none."""

    title: str
    cores: int
    result: BusyResult | str


def lost_share(result: BusyResult) -> float:
    """Return the share of messages that went unanswered because of the censuses."""
    return 1 - fmean(result.with_census) / fmean(result.without)


def noise_share(result: BusyResult) -> float | None:
    """Return how far apart the windows without a census are, of their mean; None where there is only one."""
    if len(result.without) < 2:
        return None
    return (max(result.without) - min(result.without)) / fmean(result.without)


def busy_table(rows: Mapping[tuple[str, str], BusyRow]) -> str:
    """Return the table."""
    return table(_HEADER, [_row(row) for row in rows.values()])


def _row(row: BusyRow) -> tuple[str, ...]:
    result = row.result
    if isinstance(result, str):
        return (row.title, str(row.cores), result, *[""] * (len(_HEADER) - 3))
    noise = noise_share(result)
    return (
        row.title,
        str(row.cores),
        f"{fmean(result.without):,.0f}",
        f"{fmean(result.with_census):,.0f}",
        f"{lost_share(result):.1%}",
        "" if noise is None else f"{noise:.1%}",
        f"{result.censuses} of {result.censuses_due}",
        "" if result.census_seconds is None else milliseconds(result.census_seconds),
        memory(result.extra_bytes, result.resident_bytes),
    )
