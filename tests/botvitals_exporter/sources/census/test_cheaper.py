from dataclasses import dataclass

import pytest

from botvitals_exporter.sources.census.cheaper import (
    CLONE_SECONDS_PER_BYTE,
    INLINE_SECONDS_PER_TRACKED_OBJECT,
    MOST_LOOKED_AT,
    Cheaper,
)
from botvitals_exporter.sources.census.engine import Tally

GIGABYTE = 1 << 30


@dataclass
class Named:
    name: str
    free_memory_ratio: float = 0.0
    has_died: bool = False

    def count(self) -> Tally:
        raise AssertionError("nothing is counted to choose")


class Heap:
    """A core that only knows how many objects are tracked, and remembers how many it looked at."""

    def __init__(self, tracked: int) -> None:
        self.tracked = tracked
        self.looked_at = 0

    def tracked_up_to(self, limit: int) -> int:
        found = min(limit, self.tracked)
        self.looked_at += found
        return found


def names_in_turn(heap: Heap, resident_bytes: int | None) -> list[str]:
    cheaper = Cheaper(heap, Named("snapshot"), Named("inline"))  # type: ignore[arg-type]
    return [engine.name for engine in cheaper.in_turn(resident_bytes)]


def test_few_objects_in_much_memory_are_counted_in_the_process() -> None:
    assert names_in_turn(Heap(50_000), 8 * GIGABYTE) == ["inline"]


def test_many_objects_are_counted_in_a_copy() -> None:
    assert names_in_turn(Heap(10_000_000), GIGABYTE)[0] == "snapshot"


def test_where_a_copy_fails_a_heap_that_is_small_enough_is_counted_in_the_process() -> None:
    assert names_in_turn(Heap(MOST_LOOKED_AT - 1), GIGABYTE // 8) == ["snapshot", "inline"]
    assert names_in_turn(Heap(MOST_LOOKED_AT), GIGABYTE // 8) == ["snapshot"]


def test_what_a_copy_died_of_is_not_met_in_the_bot() -> None:
    died = Named("snapshot", has_died=True)
    choice = Cheaper(Heap(10), died, Named("inline")).in_turn(8 * GIGABYTE)  # type: ignore[arg-type]
    assert list(choice) == [died]


def test_a_process_that_cannot_be_read_is_copied() -> None:
    assert names_in_turn(Heap(1000), None)[0] == "snapshot"


@pytest.mark.parametrize("resident_bytes", [GIGABYTE // 8, GIGABYTE, 8 * GIGABYTE])
def test_choosing_looks_at_no_more_objects_than_a_copy_would_cost(resident_bytes: int) -> None:
    heap = Heap(100_000_000)
    choice = Cheaper(heap, Named("snapshot"), Named("inline")).in_turn(resident_bytes)  # type: ignore[arg-type]
    assert next(iter(choice)).name == "snapshot"
    clone_seconds = resident_bytes * CLONE_SECONDS_PER_BYTE
    assert heap.looked_at <= clone_seconds / INLINE_SECONDS_PER_TRACKED_OBJECT + 1
