import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

import support_monitor_driver
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.bot_process import BotProcess
from botvitals_exporter.launcher.errors import LauncherError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals and shells")

DRIVER = support_monitor_driver.__file__  # run with -P: beside it lie the tests, in folders named as the packages


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def monitor(command: Sequence[str], grace: float = 8.0, **options: object) -> subprocess.Popen[str]:
    """Start the driver in a session of its own: no terminal in common with whoever runs the tests."""
    settings: dict[str, object] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-P", DRIVER, str(grace), *command],
        **(settings | options),
        text=True,
        start_new_session=True,
    )


def ended(command: Sequence[str], given: str = "") -> tuple[str, str, int]:
    """Run a bot to its end; return what the driver wrote to stdout and stderr, and its exit code."""
    with monitor(command) as process:
        output, errors = process.communicate(given, timeout=10)
        return output, errors, process.returncode


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def eventually(condition: Callable[[], bool], timeout_seconds: float = 5.0) -> bool:
    ends = time.monotonic() + timeout_seconds
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    return condition()


def test_both_streams_arrive_in_the_order_they_were_written_in() -> None:
    code = "import sys\nfor n in range(50): print(n, file=(sys.stdout, sys.stderr)[n % 2])"
    output, errors, exit_code = ended(python(code))
    assert output == "".join(f"[Bot] {number}\n" for number in range(50))
    assert (errors, exit_code) == ("", 0)


def test_bot_that_prompts_reads_our_standard_input() -> None:
    output, _, exit_code = ended(python("name = input('name? '); print('hello', name)"), "Ann\n")
    assert output == "[Bot] name? hello Ann\n"
    assert exit_code == 0


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import sys; sys.exit(3)", 3),
        ("import os; os.kill(os.getpid(), 9)", 137),
        ("import os; os.kill(os.getpid(), 15)", 143),
        ("pass", 0),
    ],
)
def test_exit_code_is_the_bots(code: str, expected: int) -> None:
    assert ended(python(code)) == ("", "", expected)


def test_traceback_of_a_crash_is_shown_to_its_end() -> None:
    output, _, exit_code = ended(python("raise ValueError('no')"))
    assert output.startswith("[Bot] Traceback (most recent call last):\n")
    assert output.endswith("[Bot] ValueError: no\n")
    assert exit_code == 1


def test_package_runs_with_dash_m(tmp_path: Path) -> None:
    (tmp_path / "mybot").mkdir()
    (tmp_path / "mybot" / "__main__.py").write_text("import sys; print(__package__, sys.argv[1:])")
    with monitor([sys.executable, "-m", "mybot", "--flag"], cwd=tmp_path) as process:
        assert process.communicate(timeout=10)[0] == "[Bot] mybot ['--flag']\n"


def test_any_command_runs() -> None:
    assert ended(["sh", "-c", "echo hi; exit 4"]) == ("[Bot] hi\n", "", 4)


def test_bot_does_not_buffer_and_shares_our_group_and_session() -> None:
    code = "import os; print(os.environ['PYTHONUNBUFFERED'], os.getpgid(0), os.getsid(0))"
    with monitor(python(code)) as process:
        output = process.communicate(timeout=10)[0]
    assert output == f"[Bot] 1 {process.pid} {process.pid}\n"


def test_child_that_holds_the_pipe_open_does_not_hold_us_up() -> None:
    began = time.monotonic()
    output, _, exit_code = ended(["sh", "-c", "sleep 30 >&2 & echo $!; exit 5"])
    os.kill(int(output.removeprefix("[Bot] ")), signal.SIGKILL)
    assert exit_code == 5
    assert time.monotonic() - began < 5


def test_closed_output_neither_stops_nor_blocks_the_bot(tmp_path: Path) -> None:
    finished = tmp_path / "finished"
    command = ["sh", "-c", f"seq 300000; touch {finished}; exit 6"]
    with monitor(command) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == "botvitals: nobody reads the output any more\n"
        assert process.wait(10) == 6
    assert finished.exists()


COUNTING = """
import signal, sys, time
caught = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: caught.append(signal.Signals(number).name))
print("ready", flush=True)
while not caught:
    time.sleep(0.01)
time.sleep(0.3)
print(*caught)
sys.exit(len(caught))
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signal_from_elsewhere_is_passed_on_once(name: str) -> None:
    with monitor(python(COUNTING)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "[Bot] ready\n"
        process.send_signal(signal.Signals[name])
        assert process.communicate(timeout=10)[0] == f"[Bot] {name}\n"
    assert process.returncode == 1


def test_ctrl_c_at_a_terminal_reaches_the_bot_exactly_once() -> None:
    master, slave = os.openpty()
    take_terminal = (
        "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    command = [sys.executable, "-c", take_terminal, "-P", DRIVER, "8", *python(COUNTING)]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        shown = b""
        while b"ready" not in shown:
            shown += os.read(master, 4096)
        os.write(master, b"\x03")
        assert process.wait(10) == 1
        assert os.read(master, 4096).endswith(b"[Bot] SIGINT\r\n")
    os.close(master)


STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda number, frame: print("no"))
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
while True:
    time.sleep(0.01)
"""


def test_bot_that_will_not_go_is_terminated_then_killed_with_its_children() -> None:
    with monitor(python(STUBBORN), grace=0.4) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().removeprefix("[Bot] "))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == 137
    assert output == "[Bot] no\n"
    assert errors == (
        "botvitals: The bot is still there: sending it SIGTERM\n"
        "botvitals: The bot is still there: killing it and its children\n"
    )
    assert eventually(lambda: is_gone(child))


def test_child_whose_parent_has_gone_meanwhile_is_killed_too() -> None:
    # The bot's child ends at SIGTERM; the grandchild that it leaves is nobody's any more when the bot is killed.
    code = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, lambda *_: middle.terminate())
middle = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"])
while True:
    time.sleep(0.01)
"""
    with monitor(python(code), grace=0.4) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline().removeprefix("[Bot] "))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    assert process.returncode == 137
    assert eventually(lambda: is_gone(grandchild))


def test_children_of_a_bot_that_ends_by_itself_are_left_alone() -> None:
    code = "trap 'exit 0' INT; sleep 30 >/dev/null 2>&1 & echo $!; while :; do sleep 0.01; done"
    with monitor(["sh", "-c", code], grace=0.4) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().removeprefix("[Bot] "))
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert not is_gone(child)
    os.kill(child, signal.SIGKILL)


@pytest.fixture
def failures() -> Failures:
    return Failures(lambda line: None)


@pytest.fixture
def terminal(failures: Failures) -> Terminal:
    return Terminal(None, failures)


def test_wait_ends_at_its_timeout_while_the_bot_runs(terminal: Terminal, failures: Failures) -> None:
    with BotProcess.start(["sleep", "60"], terminal, failures) as bot:
        assert bot.wait(0.01) is None
        assert bot.wait(0) is None
    assert bot.wait() == 143


def test_handlers_are_given_back_and_a_bot_that_still_runs_is_stopped(terminal: Terminal, failures: Failures) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with BotProcess.start(["sleep", "60"], terminal, failures) as bot:
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before
    assert not psutil.pid_exists(bot.pid)


def test_ignored_signal_stays_ignored(terminal: Terminal, failures: Failures) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with BotProcess.start(["sleep", "60"], terminal, failures):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("program", ["no-such-program", "/", "nul\0byte"])
def test_command_that_cannot_be_started_is_an_error(program: str, terminal: Terminal, failures: Failures) -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(LauncherError, match="cannot start"):
        BotProcess.start([program], terminal, failures)
    assert signal.getsignal(signal.SIGINT) is before
