"""What a census may cost, beside what it was measured to cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from support.busy_bot import BusyResult
from support.busy_table import lost_share, lost_text
from support.count_table import milliseconds, ratio
from support.markdown import table
from support.one_count import CountResult

STOPPED_SECONDS_PER_100_MB = 0.006
STALL_BESIDE_PYMPLER = 40
STALL_FROM_OBJECTS = 2_500_000
NANOSECONDS_AN_OBJECT = 80
TIMES_PYMPLER = 40
LOST_SHARE = 0.01
MEMORY_SHARE = 0.10

Measured = Mapping[str, CountResult]
"""Results by the name of the way."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One budget on one heap. `is_met` is None where the number is only said, with no budget for it."""

    what: str
    heap: str
    budget: str
    measured: str
    is_met: bool | None


def count_verdicts(heap: str, measured: Measured) -> Iterator[Verdict]:
    """Judge the counts of one heap; what was not measured is left out."""
    snapshot, inline, pympler = (measured.get(name) for name in ("snapshot", "inline", "pympler"))
    if snapshot is not None:
        if snapshot.pause is not None:
            stopped = snapshot.pause / (snapshot.resident_bytes / (100 << 20))
            yield Verdict(
                "snapshot stops the bot, per 100 MB RSS",
                heap,
                f"≤ {milliseconds(STOPPED_SECONDS_PER_100_MB)}",
                f"{milliseconds(stopped)} ({milliseconds(snapshot.pause)} in all)",
                stopped <= STOPPED_SECONDS_PER_100_MB,
            )
        if pympler is not None:
            times = pympler.thread_stall / snapshot.thread_stall
            is_large = snapshot.objects >= STALL_FROM_OBJECTS
            yield Verdict(
                "pympler's longest stall beside snapshot's",
                heap,
                f"≥ {STALL_BESIDE_PYMPLER} ×" if is_large else "from 2.5 M objects on",
                ratio(times),
                times >= STALL_BESIDE_PYMPLER if is_large else None,
            )
        if snapshot.extra_bytes is not None:
            share = snapshot.extra_bytes / snapshot.resident_bytes
            yield _memory_verdict("memory that a snapshot adds, of RSS", heap, share)
    if inline is not None:
        nanoseconds = inline.wall * 1e9 / inline.objects
        yield Verdict(
            "inline, an object",
            heap,
            f"≤ {NANOSECONDS_AN_OBJECT} ns",
            f"{nanoseconds:,.0f} ns",
            nanoseconds <= NANOSECONDS_AN_OBJECT,
        )
        if pympler is not None:
            times = pympler.wall / inline.wall
            yield Verdict(
                "pympler's wall beside inline's", heap, f"≥ {TIMES_PYMPLER} ×", ratio(times), times >= TIMES_PYMPLER
            )


def busy_verdicts(heap: str, bot: str, cores: int, result: BusyResult) -> Iterator[Verdict]:
    """Judge what `snapshot` costs a busy bot that has `cores`."""
    where = f"{bot}, " + ("on one core" if cores == 1 else "a core to spare")
    lost = lost_share(result)
    if lost is not None:
        yield Verdict(
            f"throughput lost to snapshot, {where}",
            heap,
            "said" if cores == 1 else f"≤ {LOST_SHARE:.0%}",
            lost_text(result),
            None if cores == 1 else lost <= LOST_SHARE,
        )
    if result.extra_bytes is not None:
        yield _memory_verdict(f"memory that a snapshot adds, {where}", heap, result.extra_bytes / result.resident_bytes)


def _memory_verdict(what: str, heap: str, share: float) -> Verdict:
    return Verdict(what, heap, f"≤ {MEMORY_SHARE:.0%}", f"{share:.1%}", share <= MEMORY_SHARE)


def budget_table(verdicts: list[Verdict]) -> str:
    """Return all verdicts."""
    marks = {True: "met", False: "MISSED", None: ""}
    rows = [(each.what, each.heap, each.budget, each.measured, marks[each.is_met]) for each in verdicts]
    return table(("budget", "objects", "may be", "measured", ""), rows)
