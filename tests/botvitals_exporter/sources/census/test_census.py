import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from botvitals_exporter.failures import Failures
from botvitals_exporter.readings import CENSUS_OUTCOMES, MemoryKind, ModuleCount, ProcessReading, TypeCount
from botvitals_exporter.sources.census.census import CensusTaker
from botvitals_exporter.sources.census.engine import Always, CensusSkippedError, Tally

MEGABYTE = 1 << 20


@dataclass
class FakeEngine:
    """Answers what it is told to, in a world whose clock it moves."""

    world: "World"
    pause_seconds: float = 0.01
    duration_seconds: float = 0.5
    error: Exception | None = None
    name: str = "inline"
    free_memory_ratio: float = 1.0
    counted: int = 0

    def count(self) -> Tally:
        self.counted += 1
        self.world.now += self.duration_seconds
        if self.error:
            raise self.error
        return Tally(
            (TypeCount("dict", 10, 30 * MEGABYTE),),
            (ModuleCount("builtins", 10, 30 * MEGABYTE),),
            self.pause_seconds,
            0.02,
        )


@dataclass
class World:
    now: float = 100.0
    available_bytes: int | None = 1000 * MEGABYTE
    by_kind: dict[MemoryKind, int] = field(default_factory=lambda: {"anonymous": 70 * MEGABYTE, "swap": 5 * MEGABYTE})
    said: list[str] = field(default_factory=list)
    process_error: Exception | None = None

    def __post_init__(self) -> None:
        self.engine = FakeEngine(self)
        self.failures = Failures(self.said.append)

    def process(self) -> ProcessReading:
        if self.process_error:
            raise self.process_error
        return ProcessReading(1, 100 * MEGABYTE, 200 * MEGABYTE, 0.1, self.by_kind, 1, 1, 0.0, 0.0)

    def taker(self, *, fixed_interval: bool = False) -> CensusTaker:
        return CensusTaker(
            Always(self.engine, is_native=False),
            interval_seconds=10.0,
            process=self.process,
            available_memory=lambda: self.available_bytes,
            failures=self.failures,
            fixed_interval=fixed_interval,
            clock=lambda: self.now,
            wall_clock=lambda: 1_000_000 + self.now,
        )


@pytest.fixture
def world() -> World:
    return World()


def test_every_outcome_exists_at_zero_from_the_start(world: World) -> None:
    status = world.taker().status()
    assert status.outcomes == {("inline", outcome): 0 for outcome in CENSUS_OUTCOMES}
    assert (status.last, status.last_success_seconds, status.interval_seconds) == (None, None, 10.0)
    assert sum(status.pauses.counts) == 0


def test_a_good_census_is_returned_and_published(world: World) -> None:
    taker = world.taker()
    reading = taker.take()
    status = taker.status()
    assert reading is not None
    assert status.last is reading
    assert (reading.engine, reading.objects, reading.size_bytes) == ("inline", 10, 30 * MEGABYTE)
    assert (reading.time_seconds, reading.duration_seconds, reading.cpu_seconds) == (1_000_100.0, 0.5, 0.02)
    assert status.last_success_seconds == 1_000_100.5
    assert status.outcomes["inline", "ok"] == 1
    assert (sum(status.pauses.counts), status.pauses.total) == (1, 0.01)
    assert world.said == []


def test_unexplained_memory_is_anonymous_and_swap_less_the_objects(world: World) -> None:
    reading = world.taker().take()
    assert reading is not None
    assert reading.unexplained_bytes == 45 * MEGABYTE


def test_unexplained_memory_may_be_negative(world: World) -> None:
    world.by_kind = {"anonymous": 10 * MEGABYTE}
    reading = world.taker().take()
    assert reading is not None
    assert reading.unexplained_bytes == -20 * MEGABYTE


def test_unexplained_memory_is_unknown_where_the_platform_does_not_tell(world: World) -> None:
    world.by_kind = {}
    reading = world.taker().take()
    assert reading is not None
    assert reading.unexplained_bytes is None


def test_a_process_that_cannot_be_read_costs_only_what_it_would_tell(world: World) -> None:
    world.process_error = OSError("gone")
    reading = world.taker().take()
    assert reading is not None
    assert reading.unexplained_bytes is None
    assert world.failures.counts() == {"census": 1}


@pytest.mark.parametrize(
    ("available_megabytes", "ratio", "is_taken"),
    [(100, 1.0, True), (99, 1.0, False), (199, 2.0, False), (200, 2.0, True), (None, 2.0, True)],
)
def test_memory_is_looked_at_first(world: World, available_megabytes: int | None, ratio: float, is_taken: bool) -> None:
    world.available_bytes = None if available_megabytes is None else available_megabytes * MEGABYTE
    world.engine.free_memory_ratio = ratio
    taker = world.taker()
    assert (taker.take() is not None) == is_taken
    assert world.engine.counted == is_taken
    assert taker.status().outcomes["inline", "no_memory"] == (not is_taken)


def test_a_lack_of_memory_is_said_once_with_its_reason(world: World) -> None:
    world.available_bytes = 40 * MEGABYTE
    taker = world.taker()
    for _ in range(3):
        taker.take()
    assert world.said == ["no census by inline this time: it needs 100 MB of free memory, 40 MB are free"]
    assert taker.status().outcomes["inline", "no_memory"] == 3


@pytest.mark.parametrize("outcome", ["clone_failed", "deadline", "unsupported"])
def test_a_skipped_census_counts_under_its_outcome(world: World, outcome: str) -> None:
    world.engine.error = CensusSkippedError(outcome, "because")  # type: ignore[arg-type]
    taker = world.taker()
    assert taker.take() is None
    assert {key for key, count in taker.status().outcomes.items() if count} == {("inline", outcome)}
    assert world.said == ["no census by inline this time: because"]


class SilentError(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("oh"), SilentError()])
def test_an_engine_that_fails_never_raises_out(world: World, error: Exception) -> None:
    world.engine.error = error
    taker = world.taker()
    assert taker.take() is None
    assert taker.status().outcomes["inline", "error"] == 1
    assert type(error).__name__ in world.said[0]


def test_the_last_census_is_withdrawn_once_it_is_three_intervals_old(world: World) -> None:
    taker = world.taker()
    taker.take()
    world.now += 29.9
    assert taker.status().last is not None
    world.now += 0.2
    status = taker.status()
    assert status.last is None
    assert status.last_success_seconds == 1_000_100.5


def test_a_census_that_takes_longer_than_its_interval_is_published_until_the_next_is_due(world: World) -> None:
    world.engine.duration_seconds = 40.0
    taker = world.taker(fixed_interval=True)
    taker.take()
    world.now += 119.9
    assert taker.status().last is not None
    world.now += 0.2
    assert taker.status().last is None


@pytest.mark.parametrize("error", [CensusSkippedError("deadline", "because"), MemoryError()])
def test_a_census_that_fails_after_long_work_stretches_the_interval_too(world: World, error: Exception) -> None:
    world.engine.error = error
    world.engine.duration_seconds = 60.0
    taker = world.taker()
    taker.take()
    assert taker.interval_seconds == 750.0
    assert "every 750 s, not every 10 s" in world.said[1]


def test_a_dear_census_stretches_the_interval_and_says_so_once(world: World) -> None:
    world.engine.pause_seconds = 1.0
    taker = world.taker()
    for _ in range(3):
        taker.take()
    assert taker.interval_seconds == taker.status().interval_seconds == 62.5
    assert len(world.said) == 1
    assert "every 62 s, not every 10 s" in world.said[0]
    assert world.failures.counts() == {}


def test_a_fixed_interval_is_not_stretched(world: World) -> None:
    world.engine.pause_seconds = 1.0
    taker = world.taker(fixed_interval=True)
    taker.take()
    assert taker.interval_seconds == 10.0
    assert world.said == []


def test_the_status_can_be_asked_for_from_another_thread_during_a_census(world: World) -> None:
    taker = world.taker()
    asked: list[object] = []
    count: Callable[[], Tally] = world.engine.count

    def count_while_somebody_asks() -> Tally:
        thread = threading.Thread(target=lambda: asked.append(taker.status()))
        thread.start()
        thread.join(timeout=10)
        return count()

    world.engine.count = count_while_somebody_asks  # type: ignore[method-assign]
    assert taker.take() is not None
    assert len(asked) == 1
