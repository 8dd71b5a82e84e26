"""What counting costs a bot that has no time left, way by way, as a table."""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

from support.busy_bot import BusyResult
from support.count_table import memory, milliseconds
from support.markdown import table

_HEADER = ("way", "bot", "cores", "messages/s", "a census costs", "lost", "censuses done", "one takes", "extra memory")


@dataclass(frozen=True, slots=True)
class BusyRow:
    """One way beside one bot, on all cores or on one; a text instead of a result says why there is none."""

    title: str
    bot: str
    cores: int
    result: BusyResult | str


def lost_share(result: BusyResult) -> float | None:
    """Return the share of messages that went unanswered because of the censuses; None where none was done."""
    return fmean(result.lost_seconds) / result.interval_seconds if result.lost_seconds else None


def share_error(result: BusyResult) -> float:
    """Return the standard error of that share, from how far apart the censuses are."""
    if len(result.lost_seconds) < 2:
        return 0.0
    return stdev(result.lost_seconds) / sqrt(len(result.lost_seconds)) / result.interval_seconds


def lost_text(result: BusyResult) -> str:
    """Return the share with its error."""
    share = lost_share(result)
    return "" if share is None else f"{share:.1%} ± {share_error(result):.1%}"


def busy_table(rows: list[BusyRow]) -> str:
    """Return the table."""
    return table(_HEADER, [_row(row) for row in rows])


def _row(row: BusyRow) -> tuple[str, ...]:
    result = row.result
    if isinstance(result, str):
        return (row.title, row.bot, str(row.cores), result, *[""] * (len(_HEADER) - 4))
    return (
        row.title,
        row.bot,
        str(row.cores),
        f"{result.messages_a_second:,.0f}",
        milliseconds(fmean(result.lost_seconds)) if result.lost_seconds else "",
        lost_text(result),
        f"{len(result.lost_seconds)} of {result.censuses_due}",
        "" if result.census_seconds is None else milliseconds(result.census_seconds),
        memory(result.extra_bytes, result.resident_bytes),
    )
