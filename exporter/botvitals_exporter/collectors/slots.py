"""A bounded choice of label values: who is in stays until someone outside is clearly larger.

Pure: sizes go in, names come out; the one state is who was in.
"""

from collections.abc import Collection, Mapping

OTHER = "__other__"
TYPE_SLOTS_BY_BYTES = 35
TYPE_SLOTS_BY_GROWTH = 15
TYPE_SLOTS = TYPE_SLOTS_BY_BYTES + TYPE_SLOTS_BY_GROWTH
MODULE_SLOTS = 50
ROLE_SLOTS = 20

# How many times as large as the smallest inside a newcomer must be, so that two of about one size do not take turns.
ENTRY_RATIO = 1.2

Row = tuple[int, ...]


class Slots:
    """The largest names, at most `capacity` of them; `inside` is who was chosen last."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self.inside: frozenset[str] = frozenset()

    def choose(self, sizes: Mapping[str, float], capacity: int | None = None) -> frozenset[str]:
        """Return who is in, now that names have these sizes; a name that has none leaves its slot.

        Free slots go to the largest outside; then each of those takes the slot of the smallest inside if it is 1.2
        times as large. `capacity` is how many slots there are this time, where that varies.
        """
        capacity = self._capacity if capacity is None else capacity
        # A census comes sorted but for a little, which this sort takes one look at.
        by_size = sorted(sizes, key=sizes.__getitem__, reverse=True)
        inside = [name for name in by_size if name in self.inside][:capacity]
        outside = [name for name in by_size if name not in self.inside]
        free = capacity - len(inside)
        newcomers, outside = outside[:free], outside[free:]
        # Both run from the largest challenger to the smallest member: the first who fails ends it for all after.
        for challenger in outside:
            if not inside or sizes[challenger] < ENTRY_RATIO * sizes[inside[-1]] or sizes[challenger] <= 0:
                break
            inside.pop()
            newcomers.append(challenger)
        self.inside = frozenset((*inside, *newcomers))
        return self.inside


def sum_rest(rows: Mapping[str, Row], chosen: Collection[str]) -> dict[str, Row]:
    """Return the rows of `chosen`, and the sum of all others as `__other__`: each column adds up to what it did."""
    kept = {name: row for name, row in rows.items() if name in chosen}
    rest = [row for name, row in rows.items() if name not in chosen]
    if rest:
        own = [kept[OTHER]] if OTHER in kept else []
        kept[OTHER] = tuple(map(sum, zip(*rest, *own, strict=True)))
    return kept
