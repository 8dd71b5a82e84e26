import json
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from support_commands import run, started, write_bot
from support_programs import eventually, free_port, get

SECRETS = {
    "--token": "s3cr3t-token-value",
    "api_key=": "s3cr3t-key-value",
    "https://user:": "s3cr3t-password",
    "telegram": "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
}
SECRET_WORDS = (
    "--token",
    SECRETS["--token"],
    f"api_key={SECRETS['api_key=']}",
    f"https://user:{SECRETS['https://user:']}@host",
    SECRETS["telegram"],
)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot that prints its arguments and ends with exit code 3."""
    return write_bot(tmp_path, "import sys; print(sys.argv[1:]); print('oops', file=sys.stderr); sys.exit(3)")


def recordings(folder: Path) -> list[Path]:
    return sorted((folder / "data" / "memory_diagnostics").glob("process_monitor_*"))


@pytest.mark.parametrize(
    ("arguments", "bots"),
    [
        (["bot.py", "-i", "3", "--port", "x", "--", "-m"], ["-i", "3", "--port", "x", "--", "-m"]),
        (["--", sys.executable, "bot.py", "--lang", "zh"], ["--lang", "zh"]),
        (["-m", "bot", "--help"], ["--help"]),
        (["-m", "--", "bot", "-q"], ["-q"]),
        ([], []),
    ],
)
def test_what_follows_the_bot_is_the_bots_and_so_is_the_exit_code(
    arguments: list[str], bots: list[str], bot: Path
) -> None:
    ended = run(bot.parent, "monitor", "--no-metrics", "--quiet", *arguments)
    assert ended.stdout == f"[Bot] {bots}\n[Bot] oops\n"
    assert ended.returncode == 3


@pytest.mark.parametrize("arguments", [["-m"], ["--monitor"], ["--quiet", "-m"]])
def test_the_old_command_lines_monitor_too(arguments: list[str], bot: Path) -> None:
    ended = run(bot.parent, *arguments, "--no-metrics", "bot.py", "-m")
    assert "[Bot] ['-m']\n" in ended.stdout
    assert ended.returncode == 3


@pytest.mark.parametrize(
    "command", [["true"], ["sh", "-c", "exit 0"], ["sh", "-c", "exit 7"], ["sh", "-c", "kill -9 $$"]]
)
def test_a_command_that_ends_before_the_first_look_leaves_its_exit_code(command: list[str], tmp_path: Path) -> None:
    plain = subprocess.run(command, check=False).returncode
    ended = run(tmp_path, "monitor", "--no-metrics", "--", *command)
    assert ended.returncode == (plain if plain >= 0 else 128 - plain)
    # Whether it was seen at all is a matter of luck; nothing is said of that.
    usual = ("botvitals: recording: ", "botvitals: the bot was killed (SIGKILL)")
    assert [line for line in ended.stderr.splitlines() if not line.startswith(usual)] == []


def test_the_bots_standard_input_is_its_own(tmp_path: Path) -> None:
    write_bot(tmp_path, "print('hello', input())")
    ended = run(tmp_path, "monitor", "--no-metrics", "--quiet", stdin="Ada\n")
    assert ended.stdout == "[Bot] hello Ada\n"


def test_options_come_from_the_environment(tmp_path: Path) -> None:
    write_bot(tmp_path, "import time; time.sleep(1)")
    ended = run(
        tmp_path, "monitor",
        BOTVITALS_INTERVAL="0.1", BOTVITALS_NO_METRICS="1", BOTVITALS_QUIET="yes", BOTVITALS_OUTPUT_DIR="kept",
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "metrics:" not in ended.stderr
    [recording] = (tmp_path / "kept").glob("*.jsonl")
    assert len(recording.read_text().splitlines()) >= 3


def test_each_look_is_shown_and_recorded_as_text_and_json(tmp_path: Path) -> None:
    write_bot(tmp_path, "import time; time.sleep(1)")
    ended = run(tmp_path, "monitor", "--no-metrics", "-i", "0.2")
    text, lines = recordings(tmp_path)
    records = [json.loads(line) for line in lines.read_text().splitlines()]
    assert [record["iteration"] for record in records] == list(range(1, len(records) + 1))
    assert "Checkpoint #1 - " in ended.stdout
    assert ended.stdout == text.read_text()
    assert lines.name == f"{text.name}.jsonl"
    assert f"pid{records[0]['process']['pid']}" in text.name


def test_it_says_which_python_runs_the_bot(bot: Path) -> None:
    ended = run(bot.parent, "monitor", "--no-metrics", "--python", sys.executable)
    assert f"botvitals: Python as given: {sys.executable}" in ended.stderr


def test_port_zero_takes_any_free_port_and_says_which(tmp_path: Path) -> None:
    with started(tmp_path, "monitor", "--port", "0", "--", "sleep", "60") as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("botvitals: metrics: http://127.0.0.1:")
        url = line.split()[-1]
        eventually(lambda: "botvitals_process_resident_memory_bytes" in get(url), "the first look is served")
        assert 'mode="monitor"' in get(url)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM


def test_where_the_default_port_is_in_use_the_next_free_one_is_taken_and_that_is_said(tmp_path: Path) -> None:
    with ExitStack() as held:
        with suppress(OSError):  # somebody else has it: just as good
            held.enter_context(socket.create_server(("127.0.0.1", 9464)))
        ended = run(tmp_path, "monitor", "--", "sleep", "0.2")
    assert ended.returncode == 0
    assert "(port 9464 is in use)" in ended.stderr
    assert "http://127.0.0.1:9464/" not in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="file modes")
def test_where_nothing_can_be_written_the_bot_runs_on_and_that_is_said_once_and_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    port = free_port()
    with started(
        tmp_path, "monitor", "-i", "0.05", "-q", "--output-dir", "file", "--port", str(port), "--", "sleep", "60"
    ) as process:
        eventually(
            lambda: 'errors_total{component="output"} 0.0' not in get(f"http://127.0.0.1:{port}/metrics"),
            "it is counted",
        )
        counted = get(f"http://127.0.0.1:{port}/metrics")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert 'botvitals_errors_total{component="output"}' in counted
    assert said.count("cannot write ") == 1


def test_a_process_that_runs_already_is_watched_and_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as bot:
        try:
            with started(tmp_path, "monitor", "--pid", str(bot.pid), "--no-metrics", "-i", "0.1") as process:
                eventually(lambda: recordings(tmp_path), "it is recorded")
                process.send_signal(signal.SIGINT)
                out, said = process.communicate(timeout=30)
            assert process.returncode == 0
            assert said.startswith("botvitals: recording: data/memory_diagnostics/process_monitor_")
            assert said.count("\n") == 1
            assert f"(PID: {bot.pid})" in out
            assert bot.poll() is None
        finally:
            bot.kill()


def test_no_secret_of_a_command_line_is_shown_recorded_or_served(tmp_path: Path) -> None:
    port = free_port()
    write_bot(
        tmp_path,
        """
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *sys.argv[1:]])
        try:
            time.sleep(60)
        finally:
            child.kill()
        """,
    )
    with started(tmp_path, "monitor", "-i", "0.1", "--port", str(port), "bot.py", *SECRET_WORDS) as process:
        eventually(
            lambda: any(json.loads(line)["process"]["children"] for line in recorded_lines(tmp_path)),
            "the child is seen",
        )
        page = get(f"http://127.0.0.1:{port}/metrics") + get(f"http://127.0.0.1:{port}/")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=30)
    written = "".join(path.read_text() for path in recordings(tmp_path))
    assert "PID " in out
    for secret in SECRETS.values():
        assert secret not in out + said + page + written


def recorded_lines(folder: Path) -> list[str]:
    return [line for path in recordings(folder) if path.suffix == ".jsonl" for line in path.read_text().splitlines()]


def test_a_bot_that_somebody_killed_is_said_to_have_been(tmp_path: Path) -> None:
    write_bot(tmp_path, "import os, time; time.sleep(0.5); os.kill(os.getpid(), 9)")
    ended = run(tmp_path, "monitor", "--no-metrics", "--quiet", "--interval", "0.1")
    assert ended.returncode == 137
    assert ended.stderr.splitlines()[-1] == "botvitals: the bot was killed (SIGKILL): out of memory?"


def test_the_end_of_a_process_that_was_not_ours_is_said(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "3"]) as process:
        ended = run(tmp_path, "monitor", "--no-metrics", "--quiet", "--pid", str(process.pid))
    assert ended.returncode == 0
    assert ended.stderr.splitlines()[-1] == f"botvitals: process {process.pid} has ended"
