import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.sources.process import ProcessSource

STATUS = "Name:\tbot\nVmRSS:\t  600 kB\nRssAnon:\t     300 kB\nRssFile:\t 200 kB\nRssShmem:\t 100 kB\nVmSwap:\t 7 kB\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    status = tmp_path / str(os.getpid()) / "status"
    status.parent.mkdir()
    status.write_text(STATUS)
    return tmp_path


def test_a_reading_holds_what_the_system_says_of_the_process() -> None:
    reading = ProcessSource(os.getpid()).read()
    process = psutil.Process()
    assert reading.pid == os.getpid()
    assert abs(reading.resident_memory_bytes - process.memory_info().rss) < 32 * 1024 * 1024
    assert reading.virtual_memory_bytes >= reading.resident_memory_bytes
    assert reading.memory_ratio == reading.resident_memory_bytes / psutil.virtual_memory().total
    assert reading.start_time_seconds == process.create_time()
    assert reading.threads is not None
    assert reading.threads >= 1
    assert 0 < reading.cpu_seconds <= time.process_time() + 1


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has handles")
def test_the_descriptors_are_those_of_the_process_and_not_the_one_that_counts_them() -> None:
    assert ProcessSource(os.getpid()).read().open_fds == sum(map(is_open, range(10_000)))
    command = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert ProcessSource(child.pid).read().open_fds == 3


def test_memory_by_kind_comes_from_the_status_file(proc: Path) -> None:
    kinds = ProcessSource(os.getpid(), proc).read().memory_by_kind
    assert kinds == {"anonymous": 300 * 1024, "file": 200 * 1024, "shared": 100 * 1024, "swap": 7 * 1024}


def test_memory_by_kind_is_empty_where_there_is_no_status_file(tmp_path: Path) -> None:
    assert ProcessSource(os.getpid(), tmp_path).read().memory_by_kind == {}


def test_a_field_that_may_not_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: psutil.Process) -> int:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "num_fds", denied)
    monkeypatch.setattr(psutil.Process, "num_threads", denied)
    reading = ProcessSource(os.getpid()).read()
    assert (reading.open_fds, reading.threads) == (None, None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="zombies are POSIX's")
def test_a_zombie_is_no_running_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        source = ProcessSource(child.pid)
        assert source.is_running()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE
        assert not source.is_running()
        with pytest.raises(psutil.NoSuchProcess):
            source.read()
        with pytest.raises(psutil.NoSuchProcess):
            ProcessSource(child.pid)


def test_a_process_that_is_gone_cannot_be_read() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        source = ProcessSource(child.pid)
        child.kill()
    assert not source.is_running()
    with pytest.raises(psutil.NoSuchProcess):
        source.read()


def test_another_process_with_its_pid_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = ProcessSource(os.getpid())
    monkeypatch.setattr(psutil.Process, "__eq__", lambda self, other: False)
    monkeypatch.setattr(psutil.Process, "__ne__", lambda self, other: True)
    with pytest.raises(psutil.NoSuchProcess):
        source.read()
