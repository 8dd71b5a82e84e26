"""What the copy that counts is and does not do, seen while a signal holds it."""

import os
import signal
import threading
from collections.abc import Iterator
from itertools import count as numbers
from pathlib import Path

import pytest

from botvitals_exporter.sources.census.engine import CensusSkippedError, Tally
from botvitals_exporter.sources.census.native import CLONES_HERE, NativeCore, find_native_core
from botvitals_exporter.sources.census.snapshot import SnapshotEngine
from support_census import objects_of
from support_clones import (
    copies_of,
    go_on_until,
    is_stopped,
    kernel_name,
    status,
    stopped_copy,
)

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")


class Own:
    """Enough of these keep the copy busy."""


@pytest.fixture(scope="module")
def heap() -> list[Own]:
    return [Own() for _ in range(200_000)]


@pytest.fixture
def core() -> NativeCore:
    core = find_native_core()
    assert isinstance(core, NativeCore), core
    return core


def names_in(folder: str) -> list[str]:
    return sorted(each.name for each in Path(folder).iterdir())


@pytest.fixture
def engine(core: NativeCore, heap: list[Own]) -> Iterator[SnapshotEngine]:
    descriptors, threads = names_in("/proc/self/fd"), threading.active_count()
    yield SnapshotEngine(core)
    assert copies_of() == []
    assert names_in("/proc/self/fd") == descriptors
    assert threading.active_count() == threads


def test_the_copy_answers_all_the_same_once_it_goes_on(engine: SnapshotEngine, heap: list[Own]) -> None:
    with stopped_copy(engine) as (pid, count):
        os.kill(pid, signal.SIGCONT)
        tally = count.finish()
    assert isinstance(tally, Tally)
    assert objects_of(Own, tally.types) == len(heap)


def test_the_copy_has_its_own_name_and_offers_itself_to_the_out_of_memory_killer(engine: SnapshotEngine) -> None:
    with stopped_copy(engine) as (pid, _count):
        assert kernel_name(pid) == "botvitals-censu"
        # It may have been stopped before its first step, but not while it counts.
        score = go_on_until(pid, lambda: Path(f"/proc/{pid}/oom_score_adj").read_text().strip() == "1000")
    assert score


def test_the_copy_holds_no_descriptor_of_the_bots(engine: SnapshotEngine) -> None:
    with stopped_copy(engine) as (pid, _count):
        if os.geteuid() and not os.access(f"/proc/{pid}/fd", os.R_OK):
            pytest.skip("only root may look at what a process holds that makes no core file")
        assert go_on_until(pid, lambda: names_in(f"/proc/{pid}/fd") == [])


def test_the_copy_blocks_every_signal_and_has_one_thread(engine: SnapshotEngine) -> None:
    with stopped_copy(engine) as (pid, _count):
        told = status(pid)
    blocked = int(told["SigBlk"], 16)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        assert blocked >> (number - 1) & 1, number
    assert told["Threads"] == "1"


@pytest.mark.skipif(os.cpu_count() == 1, reason="one processor is all there is")
def test_the_copy_leaves_the_bots_main_thread_its_processor(engine: SnapshotEngine) -> None:
    processors = os.sched_getaffinity(0)
    with stopped_copy(engine) as (pid, _count):
        assert go_on_until(pid, lambda: len(os.sched_getaffinity(pid)) == len(processors) - 1)
        assert os.sched_getaffinity(pid) < processors
    assert os.sched_getaffinity(0) == processors


def test_a_copy_that_has_one_processor_counts_on_it(engine: SnapshotEngine, heap: list[Own]) -> None:
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        tally = engine.count()
    finally:
        os.sched_setaffinity(0, processors)
    assert objects_of(Own, tally.types) == len(heap)


def test_a_signal_to_the_copy_runs_no_handler_of_the_bots(engine: SnapshotEngine, tmp_path: Path) -> None:
    def wrote() -> None:
        (tmp_path / "written").write_text("by a handler")

    before = signal.signal(signal.SIGTERM, lambda *_: wrote())
    try:
        with stopped_copy(engine) as (pid, count):
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGUSR1)
            os.kill(pid, signal.SIGCONT)
            ended = count.finish()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert isinstance(ended, Tally)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_does_not_answer_is_killed_at_the_deadline(core: NativeCore, engine: SnapshotEngine) -> None:
    with stopped_copy(SnapshotEngine(core, deadline_seconds=1.0)) as (pid, count):
        skipped = count.finish()
        assert not Path(f"/proc/{pid}").exists()
    assert isinstance(skipped, CensusSkippedError)
    assert (skipped.outcome, str(skipped)) == ("deadline", "the copy that counts took longer than 1 s")


def test_a_copy_that_somebody_kills_costs_one_census(engine: SnapshotEngine, heap: list[Own]) -> None:
    with stopped_copy(engine) as (pid, count):
        os.kill(pid, signal.SIGKILL)
        skipped = count.finish()
        assert not Path(f"/proc/{pid}").exists()
    assert isinstance(skipped, CensusSkippedError)
    assert (skipped.outcome, str(skipped)) == ("clone_failed", "the copy that counts failed: it died (Killed)")
    assert objects_of(Own, engine.count().types) == len(heap)


def test_the_bot_goes_on_while_the_copy_counts(engine: SnapshotEngine) -> None:
    steps = numbers()
    with stopped_copy(engine) as (pid, count):
        began = next(steps)
        thread = threading.Thread(target=lambda: [next(steps) for _ in range(100_000)])
        thread.start()
        thread.join()
        assert next(steps) - began > 100_000
        assert is_stopped(pid)
        assert count.is_alive()


def test_the_thread_that_counts_keeps_its_name_and_its_signals(engine: SnapshotEngine) -> None:
    def of_this_thread() -> tuple[str, set[int]]:
        name = Path(f"/proc/self/task/{threading.get_native_id()}/comm").read_text()
        return name, set(signal.pthread_sigmask(signal.SIG_BLOCK, []))

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    try:
        before = of_this_thread()
        engine.count()
        assert of_this_thread() == before
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2])
