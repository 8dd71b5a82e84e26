import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.sources.census import clone
from botvitals_exporter.sources.census.clone import run_in_clone
from botvitals_exporter.sources.census.engine import CensusSkippedError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the clone is looked at through Linux's /proc")


def descriptors() -> list[str]:
    return [path.name for path in Path("/proc/self/fd").iterdir()]


def answer(between: Callable[[], object]) -> bytes:
    between()
    return b"counted"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    me = psutil.Process()
    children, before = me.children(), descriptors()
    yield
    assert me.children() == children
    assert len(descriptors()) == len(before)


def test_the_answer_comes_back_with_what_it_cost() -> None:
    result = run_in_clone(answer, 60)
    assert result.answer == b"counted"
    assert 0 < result.fork_seconds < 60
    assert result.cpu_seconds > 0


def test_an_answer_larger_than_a_pipe_comes_back_whole() -> None:
    assert run_in_clone(lambda _: b"0123456789" * 100_000, 60).answer == b"0123456789" * 100_000


def test_fifty_clones_leave_no_zombie_and_no_descriptor() -> None:
    before = len(descriptors())
    for _ in range(50):
        run_in_clone(answer, 60)
    assert len(descriptors()) == before
    assert [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE] == []


def test_the_clone_is_named_offers_itself_to_the_oom_killer_and_collects_no_garbage() -> None:
    def look(_between: Callable[[], object]) -> bytes:
        own = Path("/proc/self")
        return json.dumps(
            [
                (own / "comm").read_text(),
                (own / "oom_score_adj").read_text(),
                gc.isenabled(),
                descriptors(),
            ]
        ).encode()

    name, adjustment, collects, held = json.loads(run_in_clone(look, 60).answer)
    assert name == clone.CLONE_NAME[:15] + "\n"
    assert adjustment == "1000\n"
    assert collects is False
    assert len(held) == 2  # its answer's, and the one that lists them


def test_the_clone_has_its_name_from_its_first_moment_and_the_bot_keeps_its_own() -> None:
    program = """
import os
from pathlib import Path
from botvitals_exporter.sources.census.clone import run_in_clone
own = Path("/proc/self/comm").read_text()
first = []
os.register_at_fork(after_in_child=lambda: first.append(Path("/proc/self/comm").read_text()))
print(run_in_clone(lambda _: first[0].encode(), 60).answer.decode().strip())
print(Path("/proc/self/comm").read_text() == own)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [clone.CLONE_NAME[:15], "True"]


def test_no_signal_handler_of_the_bots_runs_in_the_clone() -> None:
    ran: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: ran.append(number))
    try:

        def get_signalled(_between: Callable[[], object]) -> bytes:
            os.kill(os.getpid(), signal.SIGTERM)
            return json.dumps(ran).encode()

        assert json.loads(run_in_clone(get_signalled, 60).answer) == []
        assert ran == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert ran == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_bots_own_signal_mask_is_as_it_was() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    try:
        run_in_clone(answer, 60)
        assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before | {signal.SIGUSR1}
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_no_finalizer_runs_in_the_clone(tmp_path: Path) -> None:
    class Finalized:
        def __del__(self) -> None:
            (tmp_path / str(os.getpid())).touch()

    kept, cycle = Finalized(), Finalized()
    cycle.itself = cycle  # type: ignore[attr-defined]
    del cycle
    gc.disable()
    try:
        run_in_clone(answer, 60)
    finally:
        gc.enable()
    assert list(tmp_path.iterdir()) == []
    del kept
    assert [path.name for path in tmp_path.iterdir()] == [str(os.getpid())]


def test_a_clone_that_stands_still_is_killed_at_the_deadline() -> None:
    began_seconds = time.monotonic()
    with pytest.raises(CensusSkippedError, match=r"longer than 0\.2 s") as caught:
        run_in_clone(lambda _: os.kill(os.getpid(), signal.SIGSTOP) or b"", 0.2)  # type: ignore[func-returns-value]
    assert caught.value.outcome == "deadline"
    assert time.monotonic() - began_seconds < 30


def raise_an_error(_between: Callable[[], object]) -> bytes:
    raise RuntimeError("of the clone's")


def leave(_between: Callable[[], object]) -> bytes:
    raise SystemExit(3)


def be_killed(_between: Callable[[], object]) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


@pytest.mark.parametrize("work", [raise_an_error, leave, be_killed])
def test_a_clone_that_dies_is_a_failed_clone_and_prints_nothing(
    work: Callable[[Callable[[], object]], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CensusSkippedError) as caught:
        run_in_clone(work, 60)
    assert caught.value.outcome == "clone_failed"
    assert capfd.readouterr() == ("", "")


def test_a_clone_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(CensusSkippedError, match="Resource temporarily unavailable") as caught:
        run_in_clone(answer, 60)
    assert caught.value.outcome == "clone_failed"


def test_a_bot_that_ignores_sigchld_gets_its_answer() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert run_in_clone(answer, 60).answer == b"counted"
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_a_bot_that_reaps_all_children_gets_its_answer() -> None:
    reaped: list[int] = []
    stop = threading.Event()

    def reap() -> None:
        while not stop.is_set():
            try:
                reaped.append(os.waitpid(-1, 0)[0])
            except ChildProcessError:
                stop.wait(0.001)

    thread = threading.Thread(target=reap)
    thread.start()
    try:
        answers = [run_in_clone(answer, 60).answer for _ in range(10)]
    finally:
        stop.set()
        thread.join()
    assert answers == [b"counted"] * 10
