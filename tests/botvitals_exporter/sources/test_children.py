import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.readings import ChildReading
from botvitals_exporter.sources.children import ChildrenSource
from botvitals_exporter.sources.process_tree import ProcTree, PsutilTree, process_tree
from botvitals_exporter.sources.roles import parse_role_rule
from support_proc import PAGE_BYTES, FakeProc

BOT = 100


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    proc = FakeProc(tmp_path)
    proc.process(BOT, children=[101, 102])
    proc.process(101, BOT, ["python3", "-m", "chromadb.server", "--port", "8000"], pages=20, children=[103])
    proc.process(102, BOT, ["uvicorn", "app:api"], name="uvicorn", pages=5)
    proc.process(103, 101, ["node", "server.js"], name="node (main) x", pages=30)
    return proc


def read(source: ChildrenSource) -> dict[int, str]:
    return {child.pid: child.role for child in source.read().children}


def test_descendants_are_read_largest_first(proc: FakeProc) -> None:
    children = ChildrenSource(BOT, proc=proc.root).read().children
    assert [child.pid for child in children] == [103, 101, 102]
    assert children[1] == ChildReading(
        pid=101,
        role="chromadb.server",
        name="python3",
        command="python3 -m chromadb.server ...",
        resident_memory_bytes=20 * PAGE_BYTES,
        virtual_memory_bytes=40 * PAGE_BYTES,
    )
    assert children[0].name == "node (main) x"


def test_children_that_any_thread_started_are_found(proc: FakeProc) -> None:
    task = proc.root / str(BOT) / "task" / "777"
    task.mkdir()
    (task / "children").write_text("104 ")
    proc.process(104, BOT, ["ffmpeg"])
    assert 104 in read(ChildrenSource(BOT, proc=proc.root))


def test_the_users_rules_name_roles(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, [parse_role_rule("vectors=chroma")], proc.root)
    assert read(source)[101] == "vectors"


def test_zombies_the_dying_and_the_dead_are_left_out(proc: FakeProc) -> None:
    proc.process(BOT, children=[101, 102, 105, 106, 107])
    proc.process(105, BOT, [], state="Z", pages=0)
    proc.process(106, BOT, ["dying"], pages=0)
    assert set(read(ChildrenSource(BOT, proc=proc.root))) == {101, 102, 103}


def test_clones_that_count_the_heap_are_left_out(proc: FakeProc) -> None:
    proc.process(102, BOT, name="botvitals-censu")
    assert set(read(ChildrenSource(BOT, proc=proc.root))) == {101, 103}


def test_a_child_that_dies_between_readings_is_gone_from_the_next(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    assert 102 in read(source)
    proc.end(102)
    assert 102 not in read(source)


def test_children_that_the_kernel_passes_over_this_time_are_found_again(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    read(source)
    proc.process(BOT, children=[102])
    assert set(read(source)) == {101, 102, 103}


def test_children_that_were_handed_to_another_parent_are_the_bots_no_more(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    read(source)
    proc.process(BOT, children=[102])
    proc.process(101, 1, ["python3", "-m", "chromadb.server"], children=[103])
    assert set(read(source)) == {102}


def test_another_process_with_a_childs_pid_is_read_anew(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    assert read(source)[102] == "uvicorn"
    proc.process(102, BOT, ["ffmpeg", "-i", "x"], name="uvicorn", started=900)
    assert read(source)[102] == "ffmpeg"


def test_a_fork_gets_its_role_once_it_has_become_another_program(proc: FakeProc) -> None:
    proc.process(102, BOT, ["python3", "bot.py"])
    source = ChildrenSource(BOT, proc=proc.root)
    assert read(source)[102] == "bot.py"
    proc.process(102, BOT, ["python3", "worker.py"])
    assert read(source)[102] == "worker.py"


def test_the_older_a_fork_the_more_seldom_its_command_line_is_read(
    proc: FakeProc, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[int] = []
    looks: list[int] = []
    command_line = ProcTree.command_line

    def noted(tree: ProcTree, pid: int) -> tuple[str, ...]:
        looks.append(readings[-1])
        return command_line(tree, pid)

    proc.process(BOT, children=[102])
    proc.process(102, BOT, ["python3", "bot.py"])
    source = ChildrenSource(BOT, proc=proc.root)
    monkeypatch.setattr(ProcTree, "command_line", noted)
    for number in range(1, 101):
        readings.append(number)
        assert read(source) == {102: "bot.py"}
    assert looks == [1, 2, 4, 8, 16, 32, 64]


def test_a_program_that_starts_another_in_its_place_is_read_again(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    assert read(source)[102] == "uvicorn"
    proc.process(102, BOT, ["ffmpeg"], name="ffmpeg")
    assert read(source)[102] == "ffmpeg"


def test_a_settled_command_line_is_not_read_again(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    read(source)
    (proc.root / "102" / "cmdline").unlink()
    assert read(source)[102] == "uvicorn"


def test_a_command_line_that_may_not_be_read_leaves_the_processes_name(proc: FakeProc) -> None:
    (proc.root / "102" / "cmdline").unlink()
    child = next(child for child in ChildrenSource(BOT, proc=proc.root).read().children if child.pid == 102)
    assert (child.role, child.name, child.command) == ("uvicorn", "uvicorn", "")


def test_a_name_that_the_kernel_cut_is_completed(proc: FakeProc) -> None:
    proc.process(102, BOT, ["/opt/a-very-long-program-name", "x"], name="a-very-long-pro")
    child = next(child for child in ChildrenSource(BOT, proc=proc.root).read().children if child.pid == 102)
    assert child.name == "a-very-long-program-name"


def test_secrets_of_a_command_line_show_nowhere(proc: FakeProc) -> None:
    proc.process(102, BOT, ["worker", "--token", "hunter2"], name="worker token=hunter2")
    child = next(child for child in ChildrenSource(BOT, proc=proc.root).read().children if child.pid == 102)
    assert child.command == "worker --token ***"
    assert "hunter2" not in repr(child)


def test_what_is_kept_is_bounded_by_who_lives(proc: FakeProc) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    for started in range(200, 300):
        proc.process(102, BOT, ["ffmpeg", str(started)], started=started)
        source.read()
    assert len(source._identities) == 3


@pytest.mark.parametrize("started", [None, 900])
def test_the_children_of_a_process_that_is_gone_cannot_be_read(proc: FakeProc, started: int | None) -> None:
    source = ChildrenSource(BOT, proc=proc.root)
    if started is None:
        proc.end(BOT)
    else:
        proc.process(BOT, started=started, children=[102])
    with pytest.raises(psutil.NoSuchProcess):
        source.read()


def test_without_proc_psutil_reads_the_tree(tmp_path: Path) -> None:
    assert isinstance(process_tree(os.getpid(), tmp_path), PsutilTree)


@pytest.mark.parametrize("fallback", [False, True])
def test_real_children_are_read(fallback: bool, tmp_path: Path) -> None:
    source = ChildrenSource(os.getpid(), proc=tmp_path if fallback else Path("/proc"))
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", "print(flush=True); input()", "--api-key", "hunter2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        reading = next(reading for reading in source.read().children if reading.pid == child.pid)
        rss = psutil.Process(child.pid).memory_info().rss
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) if hasattr(os, "waitid") else child.wait()
        assert child.pid not in {reading.pid for reading in source.read().children}
    assert reading.resident_memory_bytes == pytest.approx(rss, rel=0.05)
    assert reading.role == "python"
    assert reading.command.endswith("-X dev ...")
    assert child.pid not in {reading.pid for reading in source.read().children}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
def test_more_children_than_the_kernel_lists_at_a_time_are_all_read() -> None:
    brood = """
import os, signal, sys
pids = []
for _ in range(1000):
    pids.append(os.fork())
    if not pids[-1]:
        signal.pause()
print(flush=True)
sys.stdin.read()
for pid in pids:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
"""
    command = [sys.executable, "-c", brood]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert len(ChildrenSource(parent.pid).read().children) == 1000
    assert parent.returncode == 0


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
def test_where_there_is_proc_it_is_read_without_psutil() -> None:
    assert isinstance(process_tree(os.getpid(), Path("/proc")), ProcTree)
