"""All ways to count, by the names that the options take."""

from collections.abc import Callable
from dataclasses import dataclass

from support import own_ways, peers
from support.ways import Way


@dataclass(frozen=True, slots=True)
class Entry:
    """A way under its `title`; `distribution` is the package whose version belongs to it.

    `counts_beside` tells that another process does the counting, so that a second core makes a difference;
    `meets_busy_bot` whether it is tried beside one where nothing else is asked for.
    """

    title: str
    make: Callable[[], Way]
    distribution: str | None = None
    counts_beside: bool = False
    meets_busy_bot: bool = True


WAYS = {
    "snapshot": Entry("botvitals, snapshot", own_ways.snapshot, counts_beside=True),
    "snapshot-owners": Entry(
        "botvitals, snapshot with owners", own_ways.snapshot_owners, counts_beside=True, meets_busy_bot=False
    ),
    "inline": Entry("botvitals, inline", own_ways.inline),
    "python": Entry("botvitals, walk in Python", own_ways.python_walk),
    "pympler": Entry("pympler summarize", peers.Pympler, "pympler"),
    "guppy3": Entry("guppy3 heap", peers.Guppy, "guppy3"),
    "objgraph": Entry("objgraph typestats", peers.Objgraph, "objgraph"),
    "plain": Entry("gc.get_objects in Python", peers.PlainPython),
    "plain-fork": Entry("the same in os.fork", peers.PlainPythonInFork, counts_beside=True),
}
