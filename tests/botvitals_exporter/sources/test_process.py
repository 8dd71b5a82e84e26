import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.sources.process import ProcessSource
from support_proc import PAGE_BYTES, FakeProc

STATUS = "Name:\tbot\nVmRSS:\t  600 kB\nRssAnon:\t     300 kB\nRssFile:\t 200 kB\nRssShmem:\t 100 kB\nVmSwap:\t 7 kB\n"
PID = os.getpid()

has_proc = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")


@pytest.fixture
def proc(tmp_path: Path) -> FakeProc:
    """A /proc with this process alone."""
    fake = FakeProc(tmp_path)
    fake.process(PID)
    return fake


@pytest.fixture(params=["by its own means", "by psutil"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder to look for processes in: where it is empty, psutil is asked."""
    return Path("/proc") if request.param == "by its own means" else tmp_path


def test_a_reading_holds_what_the_system_says_of_the_process(elsewhere: Path) -> None:
    process = psutil.Process()
    cpu_before = cpu_seconds(process)
    reading = ProcessSource(PID, elsewhere).read()
    cpu_after = cpu_seconds(process)
    assert reading.pid == PID
    assert abs(reading.resident_memory_bytes - process.memory_info().rss) < 32 * 1024 * 1024
    assert reading.virtual_memory_bytes >= reading.resident_memory_bytes
    assert reading.memory_ratio == reading.resident_memory_bytes / psutil.virtual_memory().total
    assert reading.start_time_seconds == process.create_time()
    assert reading.threads == process.num_threads()
    assert cpu_before <= round(reading.cpu_seconds, 2) <= cpu_after


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    # To the kernel's ticks: 0.57 and 0.06 add up to less than 0.63.
    return round(times.user + times.system, 2)


@has_proc
def test_every_field_comes_from_its_place_in_the_kernels_files(proc: FakeProc) -> None:
    proc.process(PID, name="a) b (c", pages=10, threads=7, cpu_ticks=(300, 45))
    (proc.root / str(PID) / "status").write_text(STATUS)
    reading = ProcessSource(PID, proc.root).read()
    assert (reading.resident_memory_bytes, reading.virtual_memory_bytes) == (10 * PAGE_BYTES, 20 * PAGE_BYTES)
    assert reading.threads == 7
    assert reading.cpu_seconds == 345 / os.sysconf("SC_CLK_TCK")
    assert reading.memory_by_kind == {
        "anonymous": 300 * 1024,
        "file": 200 * 1024,
        "shared": 100 * 1024,
        "swap": 7 * 1024,
    }


@has_proc
@pytest.mark.parametrize("name", ["bot", "a) b (c", "(", ") R 1 2", "", "бот", "of two\nlines"])
def test_a_process_of_whatever_name_is_read_in_psutils_numbers(
    name: str, proc: FakeProc, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc.process(PID, name=name, threads=7, cpu_ticks=(300, 45))
    reading = ProcessSource(PID, proc.root).read()
    # Only now: of the machine's memory a made-up /proc tells psutil nothing.
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(proc.root))
    process = psutil.Process(PID)
    memory, cpu = process.memory_info(), process.cpu_times()
    assert (reading.resident_memory_bytes, reading.virtual_memory_bytes) == (memory.rss, memory.vms)
    assert reading.threads == process.num_threads() == 7
    assert reading.cpu_seconds == pytest.approx(cpu.user + cpu.system)


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has handles")
def test_the_descriptors_are_those_of_the_process_and_not_the_one_that_counts_them(elsewhere: Path) -> None:
    listed_by_psutil = sys.platform == "linux" and elsewhere != Path("/proc")
    assert ProcessSource(PID, elsewhere).read().open_fds == sum(map(is_open, range(10_000))) + listed_by_psutil
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert ProcessSource(child.pid, elsewhere).read().open_fds == 3


@has_proc
def test_the_descriptors_are_listed_where_the_kernel_does_not_tell_their_number(
    proc: FakeProc, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = proc.root / str(PID) / "fd"
    folder.mkdir()
    for descriptor in range(5):
        (folder / str(descriptor)).touch()
    told = os.stat_result((0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    whole = Path.stat
    monkeypatch.setattr(Path, "stat", lambda path, **how: told if path == folder else whole(path, **how))
    assert ProcessSource(PID, proc.root).read().open_fds == 4  # the fifth is the one that lists them


@has_proc
def test_what_the_kernel_does_not_tell_is_left_out(proc: FakeProc) -> None:
    reading = ProcessSource(PID, proc.root).read()
    assert (reading.open_fds, reading.memory_by_kind) == (None, {})


def test_a_field_that_may_not_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: psutil.Process) -> int:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "num_fds", denied)
    monkeypatch.setattr(psutil.Process, "num_threads", denied)
    reading = ProcessSource(PID, tmp_path).read()
    assert (reading.open_fds, reading.threads) == (None, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="zombies are POSIX's")
def test_a_zombie_is_no_running_process(elsewhere: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        source = ProcessSource(child.pid, elsewhere)
        assert source.is_running()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        assert not source.is_running()
        with pytest.raises(psutil.NoSuchProcess):
            source.read()
        with pytest.raises(psutil.NoSuchProcess):
            ProcessSource(child.pid, elsewhere)


def test_a_process_that_is_gone_cannot_be_read(elsewhere: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        source = ProcessSource(child.pid, elsewhere)
        child.kill()
    assert not source.is_running()
    with pytest.raises(psutil.NoSuchProcess):
        source.read()


@has_proc
def test_a_bot_that_has_no_descriptor_left_is_not_taken_for_one_that_has_ended() -> None:
    import resource

    source = ProcessSource(PID)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with pytest.raises(OSError, match="cannot be read"):
            source.read()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert source.read().pid == PID


@has_proc
def test_a_process_on_its_way_out_has_no_memory_any_more_and_cannot_be_read(proc: FakeProc) -> None:
    source = ProcessSource(PID, proc.root)
    proc.process(PID, pages=0)
    with pytest.raises(psutil.NoSuchProcess):
        source.read()


@has_proc
def test_another_process_with_its_pid_is_not_taken_for_it(proc: FakeProc) -> None:
    source = ProcessSource(PID, proc.root)
    proc.process(PID, started=101)
    assert not source.is_running()
    with pytest.raises(psutil.NoSuchProcess):
        source.read()


def test_psutil_does_not_take_it_for_another_with_its_pid_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ProcessSource(PID, tmp_path)
    monkeypatch.setattr(psutil.Process, "__eq__", lambda self, other: False)
    monkeypatch.setattr(psutil.Process, "__ne__", lambda self, other: True)
    with pytest.raises(psutil.NoSuchProcess):
        source.read()
