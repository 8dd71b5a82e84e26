"""What a bot that never rests did not answer because of a census, in seconds' worth of answers.

Whole minutes with and without a census differ by more than a census costs, on a machine that others share. So each
census is held against the seconds right before and after it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

_SLOT_SECONDS = 0.02
_SETTLED_SECONDS = 0.5
"""How long after a census the bot may still feel it: memory that was shared is written to for the first time."""


@dataclass(frozen=True, slots=True)
class Span:
    """A census: when it began and ended, by the clock of the answers."""

    began: float
    ended: float


class Answers:
    """How many messages were answered when."""

    def __init__(self) -> None:
        self._slots: Counter[int] = Counter()

    def note(self, at_seconds: float) -> None:
        """One was answered then."""
        self._slots[int(at_seconds / _SLOT_SECONDS)] += 1

    def rate_beside(self, censuses: Sequence[Span]) -> float:
        """Return how many messages a second are answered while nobody counts."""
        return self._mean(self._whole(), self._felt(censuses)) / _SLOT_SECONDS

    def lost_seconds(self, censuses: Sequence[Span], interval_seconds: float) -> list[float]:
        """Return for each census how many seconds' worth of answers went missing, beside half an interval around it."""
        felt, whole = self._felt(censuses), self._whole()
        reach = int(interval_seconds / 2 / _SLOT_SECONDS)
        lost: list[float] = []
        for census in censuses:
            own = _within(whole, _slots_of(census))
            around = _within(whole, range(own.start - reach, own.stop + reach))
            expected = self._mean(around, felt)
            answered = sum(self._slots[slot] for slot in own)
            lost.append((len(own) - answered / expected) * _SLOT_SECONDS)
        return lost

    def _whole(self) -> range:
        """All slots but the first and the last, which are in part outside."""
        return range(min(self._slots) + 1, max(self._slots))

    def _felt(self, censuses: Sequence[Span]) -> set[int]:
        return {slot for census in censuses for slot in _slots_of(census)}

    def _mean(self, slots: range, but: set[int]) -> float:
        def free(some: range) -> Iterator[int]:
            return (self._slots[slot] for slot in some if slot not in but)

        # A way that takes longer than an interval leaves none free near by, or nowhere.
        near = list(free(slots)) or list(free(self._whole()))
        return fmean(near) if near else float("nan")


def _within(whole: range, part: range) -> range:
    return range(max(whole.start, part.start), min(whole.stop, part.stop))


def _slots_of(census: Span) -> range:
    return range(int(census.began / _SLOT_SECONDS), int((census.ended + _SETTLED_SECONDS) / _SLOT_SECONDS) + 1)
