"""The copy is a child of the bot's to the kernel, and to nobody who reads the bot's children."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE, find_native_core
from botvitals_exporter.sources.census.snapshot import SnapshotEngine
from botvitals_exporter.sources.children import ChildrenSource
from support_clones import is_dead, run_bot, started_bot, stopped_copy, wait_until
from support_commands import started

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")


class Own:
    """Enough of these keep the copy busy."""


@pytest.fixture
def engine() -> SnapshotEngine:
    return SnapshotEngine(find_native_core())


@pytest.fixture
def heap() -> list[Own]:
    return [Own() for _ in range(200_000)]


@pytest.mark.parametrize("is_without_proc", [False, True])
def test_the_bot_does_not_take_the_copy_for_a_child(
    engine: SnapshotEngine, heap: list[Own], is_without_proc: bool, tmp_path: Path
) -> None:
    source = ChildrenSource(os.getpid(), proc=tmp_path if is_without_proc else Path("/proc"))
    with stopped_copy(engine) as (pid, _count):
        assert pid in {child.pid for child in psutil.Process().children()}
        assert pid not in {child.pid for child in source.read().children}


BOT_WITH_A_STOPPED_COPY = """
import subprocess, sys
from support_clones import stopped_copy
heap = [[] for _ in range(300_000)]
with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
    with stopped_copy(snapshot) as (pid, count):
        print(pid, child.pid, flush=True)
        sys.stdin.readline()
    child.communicate(b"end")
print(type(count.finish()).__name__, flush=True)
"""


def test_a_monitor_beside_the_bot_does_not_take_the_copy_for_a_child(tmp_path: Path) -> None:
    with started_bot(BOT_WITH_A_STOPPED_COPY) as bot:
        copy, child = map(int, bot.stdout.readline().split())
        assert {copy, child} <= {each.pid for each in psutil.Process(bot.pid).children()}
        for proc in (Path("/proc"), tmp_path):
            children = ChildrenSource(bot.pid, proc=proc).read().children
            assert [each.pid for each in children] == [child]
        out, err = bot.communicate("go on\n")
    assert (bot.returncode, out, err) == (0, "Tally\n", "")


def test_the_command_monitor_shows_the_bots_child_and_not_the_copy(tmp_path: Path) -> None:
    with started_bot(BOT_WITH_A_STOPPED_COPY) as bot:
        copy, child = bot.stdout.readline().split()
        arguments = ("monitor", "--pid", str(bot.pid), "--no-metrics", "--interval", "0.3")
        with started(tmp_path, *arguments) as monitor:
            assert monitor.stdout is not None
            shown: list[str] = []
            while not shown or f"PID {child}:" not in shown[-1]:
                shown.append(monitor.stdout.readline())
                assert shown[-1], "the monitor has ended"
            bot.kill()
            rest, err = monitor.communicate(timeout=60)
    assert monitor.returncode == 0, err
    assert f"PID {copy}:" not in "".join(shown) + rest


@pytest.mark.parametrize("is_held", [True, False], ids=["stopped", "running"])
def test_the_copy_dies_with_the_bot(is_held: bool) -> None:
    with started_bot(BOT_WITH_A_STOPPED_COPY) as bot:
        copy, child = map(int, bot.stdout.readline().split())
        if not is_held:
            os.kill(copy, signal.SIGCONT)
        bot.kill()
        wait_until(lambda: is_dead(copy), "the copy dead")
        wait_until(lambda: is_dead(child), "the child, whose input has ended, dead")


NAMES_OF_ALL_CHILDREN = """
import threading
from pathlib import Path
from support_clones import kernel_name
names, done = set(), threading.Event()
def look():
    while not done.is_set():
        for task in Path("/proc/self/task").iterdir():
            names.update(kernel_name(int(pid)) for pid in (task / "children").read_text().split())
observer = threading.Thread(target=look)
observer.start()
for _ in range(25):
    snapshot.count()
done.set()
observer.join()
print(sorted(names - {""}))
"""


def test_no_child_of_another_name_is_ever_seen() -> None:
    assert run_bot(NAMES_OF_ALL_CHILDREN) == "['botvitals-censu']\n"
