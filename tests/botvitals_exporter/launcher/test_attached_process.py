import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest

from botvitals_exporter.launcher.attached_process import AttachedProcess
from botvitals_exporter.launcher.errors import LauncherError


@pytest.fixture
def running() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_process_that_runs_is_waited_for_in_vain_and_never_stopped(running: "subprocess.Popen[bytes]") -> None:
    with AttachedProcess(running.pid, look_seconds=0.01) as process:
        assert process.wait(0) is None
        assert process.wait(0.03) is None
    assert running.poll() is None


def test_end_counts_although_nobody_has_reaped_it_yet(running: "subprocess.Popen[bytes]") -> None:
    with AttachedProcess(running.pid, look_seconds=0.01) as process:
        running.kill()
        assert process.wait(5) == 0
        assert psutil.Process(running.pid).status() == psutil.STATUS_ZOMBIE


def test_end_counts_where_the_process_is_gone(running: "subprocess.Popen[bytes]") -> None:
    with AttachedProcess(running.pid, look_seconds=0.01) as process:
        running.kill()
        running.wait()
        assert process.wait() == 0


def test_pid_that_another_process_has_by_now_counts_as_ended(
    running: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    with AttachedProcess(running.pid) as process:
        monkeypatch.setattr(psutil.Process, "is_running", lambda self: False)  # psutil compares start times
        assert process.wait(5) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_watching_at_once_with_zero(number: int, running: "subprocess.Popen[bytes]") -> None:
    before = signal.getsignal(number)
    with AttachedProcess(running.pid, look_seconds=60) as process:
        later = threading.Timer(0.05, os.kill, (os.getpid(), number))
        later.start()
        assert process.wait(30) == 0
        assert process.wait(30) == 0
        later.join()
    assert running.poll() is None
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("pid", [2**22 + 1, 2**70, -1])
def test_pid_that_does_not_exist_is_an_error(pid: int) -> None:
    with pytest.raises(LauncherError, match=f"there is no process {pid}"):
        AttachedProcess(pid)


def test_process_that_is_a_zombie_already_is_an_error(running: "subprocess.Popen[bytes]") -> None:
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(LauncherError, match="has ended already"):
        AttachedProcess(running.pid)


def test_process_that_may_not_be_read_is_an_error(
    running: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(self: psutil.Process) -> None:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "memory_info", deny)  # root, as which tests may run, may read all
    with pytest.raises(LauncherError, match="permission denied"):
        AttachedProcess(running.pid)
