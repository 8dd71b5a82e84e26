"""Finds every object on the heap once, in Python.

The collector lists the objects that it tracks; what it does not track (numbers, texts, objects without references), and
tuples (settled.py), is found by following references from there. `gc.get_referents` leaves out a dictionary's keys
where all are texts: they are asked of the dictionary. Nothing is kept afterwards, and no `gc.collect()` runs: it would
stop the bot and hide the leak.

Memory, while it runs: a pointer for each tracked object and an id for each other one. A call into C keeps every other
thread waiting, so all goes in chunks; only `settled_objects()` and the referents of one huge object are a single call.
"""

import gc
from collections.abc import Callable
from itertools import chain, compress
from operator import not_
from typing import Any
from weakref import ReferenceType

from botvitals_exporter.sources.census.freed_objects import module_that_leads_to_freed_objects
from botvitals_exporter.sources.census.roots import interpreter_roots
from botvitals_exporter.sources.census.settled import count_tracked_objects, not_settled, settled_objects
from botvitals_exporter.sources.census.totals import CHUNK, Totals


def count_heap() -> Totals:
    """Count every object once."""
    listed = settled_objects()  # first of all, before anything of ours exists that would be on the list
    tracked_objects = count_tracked_objects()
    if gc.get_freeze_count():
        totals = _count_partly_frozen(listed)
    else:
        # Whether an object is on the collector's list is a bit of its header: cheaper than a set of all their ids.
        walk = _Walk(not_settled)
        walk.count_listed(listed)
        totals = walk.totals
    totals.tracked_objects = tracked_objects
    return totals


def _count_partly_frozen(listed: list[object]) -> Totals:
    """Count `listed`, and what else the interpreter's own roots lead to.

    After `gc.freeze()` the collector lists nothing of what was there before, yet says of all of it that it is tracked.
    What only a weak reference leads to, such as a task of asyncio's, is alive too.
    """
    walk = _Walk(None, follow_weak_references=True)
    walk.mark_seen(listed)
    walk.count_listed(listed)
    walk.follow([interpreter_roots()])
    return walk.totals


_referent: Any = ReferenceType.__call__  # a subclass may define a `__call__` of its own


class _Walk:
    """One walk: what it counted, and the ids of what it has seen, but for what `unlisted` leaves out."""

    def __init__(
        self, unlisted: Callable[[list[object]], list[object]] | None, *, follow_weak_references: bool = False
    ) -> None:
        self.totals = Totals()
        self._seen: set[int] = set()
        self._unlisted = unlisted
        self._follow_weak_references = follow_weak_references
        self._not_followed = module_that_leads_to_freed_objects()

    def mark_seen(self, objects: list[object]) -> None:
        """Remember `objects`, so that no reference leads to them again."""
        for start in range(0, len(objects), CHUNK):
            self._seen.update(map(id, objects[start : start + CHUNK]))

    def count_listed(self, listed: list[object]) -> None:
        """Count `listed` and what it leads to; takes from `listed` what it has counted, so that it pins little."""
        while listed:
            chunk = listed[-CHUNK:]
            del listed[-CHUNK:]
            self.follow(self._count(chunk))

    def follow(self, containers: list[object]) -> None:
        """Count what `containers` lead to, at any depth, but not `containers` themselves."""
        pending = [containers]
        while pending:
            referents = self._referents(pending.pop())
            for start in range(0, len(referents), CHUNK):
                unseen = self._unseen(referents[start : start + CHUNK])
                if unseen and (found := self._count(unseen)):
                    pending.append(found)

    def _referents(self, containers: list[object]) -> list[object]:
        if self._not_followed is not None:
            containers = [container for container in containers if container is not self._not_followed]
        return gc.get_referents(*containers)

    def _unseen(self, objects: list[object]) -> list[object]:
        unlisted = objects if self._unlisted is None else self._unlisted(objects)
        ids = list(map(id, unlisted))
        by_id = dict(compress(zip(ids, unlisted, strict=True), map(not_, map(self._seen.__contains__, ids))))
        self._seen.update(by_id)
        return list(by_id.values())

    def _count(self, objects: list[object]) -> list[object]:
        """Count `objects` and return those of them that lead to others."""
        type_ids = self.totals.add(objects)
        containers = self.totals.containers(type_ids, objects)
        if dictionaries := self.totals.dictionaries(type_ids, objects):
            containers.append(list(chain.from_iterable(map(dict.keys, dictionaries))))
        if self._follow_weak_references and (references := self.totals.references(type_ids, objects)):
            containers.append([_referent(reference) for reference in references])
        return containers
