"""What changed on the heap since an earlier census."""

from dataclasses import dataclass

from botvitals_exporter.readings import HeapReport, TypeCount

EVERY = 3
SHOWN_LIMIT = 200
KEPT_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class TypeChange:
    """How many more objects of a type there are, and bytes in them; negative where there are fewer."""

    name: str
    objects: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ChangesReading:
    """The types that changed, most growth first; `left_out` is how many more changed by less than these."""

    changes: tuple[TypeChange, ...]
    left_out: int = 0


class HeapChanges:
    """Compares every third census (#3, #6, …) with the one compared last, #3 with #1.

    It keeps the counts of one census, of the 20,000 largest types at most: a type beyond them is compared from the next
    time on.
    """

    def __init__(self) -> None:
        self._before: dict[str, TypeCount] | None = None
        self._before_is_complete = True

    def since_last(self, report: HeapReport) -> ChangesReading | None:
        """Return what changed since the census compared last; None where this one is not its turn.

        Of more than 200 changes the largest stay, growth or not.
        """
        if self._before is None:
            self._keep(report)
            return None
        if report.iteration % EVERY:
            return None
        changes = self._changes(self._before, report)
        changes.sort(key=lambda change: (-abs(change.size_bytes), -abs(change.objects), change.name))
        shown = sorted(changes[:SHOWN_LIMIT], key=lambda change: (-change.size_bytes, -change.objects, change.name))
        self._keep(report)
        return ChangesReading(tuple(shown), len(changes) - len(shown))

    def _changes(self, before: dict[str, TypeCount], report: HeapReport) -> list[TypeChange]:
        changes = []
        gone = dict(before)
        for now in report.census.types:
            then = gone.pop(now.name, None)
            if then is None and not self._before_is_complete:
                continue
            objects = now.objects - (then.objects if then else 0)
            size_bytes = now.size_bytes - (then.size_bytes if then else 0)
            if objects or size_bytes:
                changes.append(TypeChange(now.name, objects, size_bytes))
        changes += (TypeChange(then.name, -then.objects, -then.size_bytes) for then in gone.values())
        return changes

    def _keep(self, report: HeapReport) -> None:
        types = report.census.types
        self._before = {count.name: count for count in types[:KEPT_LIMIT]}
        self._before_is_complete = len(types) <= KEPT_LIMIT
