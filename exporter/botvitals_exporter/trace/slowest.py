"""The slowest operations, and then the whole traces that they belong to: two passes, each in bounded memory."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field

from botvitals_exporter.trace.spans import Span

# More than anyone looks at; of a trace that has more, the longest spans are kept, whose place in the tree is known.
MOST_SPANS = 1000

# A trace, and the operation in it that is asked for, or "" for the whole.
Key = tuple[str, str]


class Slowest:
    """The `number` keys whose longest duration is longest, exactly, of any number of durations."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._longest_ns: dict[Key, int] = {}
        self._least_ns = -1

    def add(self, key: Key, duration_ns: int) -> None:
        """Note a duration of `key`."""
        if key in self._longest_ns:
            self._longest_ns[key] = max(duration_ns, self._longest_ns[key])
        elif len(self._longest_ns) < self._number:
            self._longest_ns[key] = duration_ns
        elif duration_ns > self._least_ns:
            least = min(self._longest_ns, key=self._longest_ns.__getitem__)
            if duration_ns > self._longest_ns[least]:
                del self._longest_ns[least]
                self._longest_ns[key] = duration_ns
            self._least_ns = min(self._longest_ns.values())

    def ranking(self) -> list[Key]:
        """Return the keys, the slowest first."""
        return sorted(self._longest_ns, key=lambda key: -self._longest_ns[key])


@dataclass(slots=True)
class Trace:
    """The spans of one trace, at most MOST_SPANS; `left_out` counts the rest, which are shorter."""

    left_out: int = 0
    _by_duration: list[tuple[int, str, Span]] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def add(self, span: Span) -> None:
        """Add a span; one that is there already, because its export was repeated, is the same one."""
        if span.span_id in self._ids:
            return
        self._ids.add(span.span_id)
        heapq.heappush(self._by_duration, (span.duration_ns, span.span_id, span))
        if len(self._by_duration) > MOST_SPANS:
            self._ids.discard(heapq.heappop(self._by_duration)[1])
            self.left_out += 1

    @property
    def spans(self) -> Iterable[Span]:
        """The spans, in no order."""
        return [span for _duration, _id, span in self._by_duration]
