"""Which types to publish: the largest, and those that grew the most over the last hour."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from botvitals_exporter.collectors.slots import TYPE_SLOTS, TYPE_SLOTS_BY_BYTES, TYPE_SLOTS_BY_GROWTH, Slots

GROWTH_WINDOW_SECONDS = 3600.0
BASELINE_STEP_SECONDS = 300.0

# A type must have grown by this to take a slot: below a page of memory it is the ups and downs of any program.
LEAST_GROWTH_BYTES = 4096

# The types that a baseline remembers. A bot may make classes by the thousand at run time.
BASELINE_TYPES = 1000


@dataclass(frozen=True, slots=True)
class _Baseline:
    """The sizes at one moment; a type that is not among `sizes` had at most `floor` bytes."""

    time_seconds: float
    sizes: Mapping[str, int]
    floor: int


class HourlyGrowth:
    """By how many bytes each type grew since an hour ago, or since the first census where that is less.

    Baselines are kept five minutes apart, each of the 1,000 largest types. Of a type that a baseline left out, what
    exceeds the smallest that it kept counts as growth: the true growth is at least that.
    """

    def __init__(self) -> None:
        self._baselines: deque[_Baseline] = deque()

    def measure(self, sizes: Mapping[str, int], time_seconds: float) -> dict[str, int]:
        """Return the bytes by which each type that grew has grown, now that types have these sizes."""
        baselines = self._baselines
        # A clock that was set back would make baselines of the future.
        while baselines and baselines[-1].time_seconds > time_seconds:
            baselines.pop()
        if not baselines or time_seconds - baselines[-1].time_seconds >= BASELINE_STEP_SECONDS:
            baselines.append(_baseline(sizes, time_seconds))
        # The latest that is an hour old is the one to compare with.
        while len(baselines) > 1 and baselines[1].time_seconds <= time_seconds - GROWTH_WINDOW_SECONDS:
            baselines.popleft()
        before = baselines[0]
        grown = {name: size - before.sizes.get(name, before.floor) for name, size in sizes.items()}
        return {name: growth for name, growth in grown.items() if growth > 0}


class TypeSlots:
    """Chooses the types that have a series of their own: 35 by bytes, 15 by growth, so that a small leak is in early.

    Slots that no growth asks for go to the next by bytes.
    """

    def __init__(self) -> None:
        self._growth = HourlyGrowth()
        self._by_bytes = Slots(TYPE_SLOTS_BY_BYTES)
        self._by_growth = Slots(TYPE_SLOTS_BY_GROWTH)
        self._spare = Slots(TYPE_SLOTS_BY_GROWTH)

    def choose(self, sizes: Mapping[str, int], time_seconds: float) -> frozenset[str]:
        """Return the types to publish, now that types have these sizes in bytes."""
        growth = self._growth.measure(sizes, time_seconds)
        largest = self._by_bytes.choose(sizes)
        candidates = {name: grown for name, grown in growth.items() if grown >= LEAST_GROWTH_BYTES}
        # Who is in stays in, grown or not, until another has grown more.
        candidates |= {name: growth.get(name, 0) for name in self._by_growth.inside if name in sizes}
        growing = self._by_growth.choose({name: grown for name, grown in candidates.items() if name not in largest})
        chosen = largest | growing
        return chosen | self._spare.choose(
            {name: size for name, size in sizes.items() if name not in chosen}, TYPE_SLOTS - len(chosen)
        )


def _baseline(sizes: Mapping[str, int], time_seconds: float) -> _Baseline:
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:BASELINE_TYPES]
    floor = largest[-1][1] if len(largest) < len(sizes) else 0
    return _Baseline(time_seconds, dict(largest), floor)
