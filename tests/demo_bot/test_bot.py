"""The demo bot run as its owner runs it: watched, alone, stopped, killed."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from support_demo_bot import BOT, LIVELY, request
from support_programs import eventually, free_port, get, running

CHAT_MESSAGES = r'botvitals_objects\{type="picture_bot\.history\.ChatMessage"\} '
DURATIONS = r'botvitals_operation_duration_seconds_count\{operation="%s",outcome="ok"\} %s'
FLOWS = ("button_click", "photo_message", "confirm_generation", "image_api_call", "image_webhook", "answer")


@contextmanager
def running_bot(
    folder: Path, *before: str, options: tuple[str, ...] = ()
) -> Iterator[tuple["subprocess.Popen[str]", list[psutil.Process]]]:
    """Run `python BEFORE… bot.py OPTIONS…`; once it answers give its process and its children."""
    log = folder / "log"
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    command = (sys.executable, *before, str(BOT), *LIVELY, *options)
    with (
        log.open("w") as output,
        running(*command, stdout=output, stderr=output, env=environment, start_new_session=True) as process,
    ):
        eventually(lambda: "demo bot: answering" in log.read_text(), "the bot answers")
        yield process, psutil.Process(process.pid).children(recursive=True)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("leak", [True, False])
def test_watched_from_inside_it_shows_its_children_its_operations_and_its_leak(leak: bool, tmp_path: Path) -> None:
    port = free_port()

    def published(*patterns: str) -> str:
        """Return what is published once all patterns are in it."""
        text = get(f"http://127.0.0.1:{port}/metrics")
        censuses = re.findall(r"^botvitals_census_last_success_timestamp_seconds (\S+)", text, re.MULTILINE)
        is_of_answering_bot = bool(censuses) and float(censuses[0]) > answering_since
        return text if is_of_answering_bot and all(re.search(pattern, text) for pattern in patterns) else ""

    watch = ("-m", "botvitals_exporter", "objects", "--quiet", f"--port={port}", "--interval=5", "--fixed-interval")
    with running_bot(tmp_path, *watch, options=("--leak" if leak else "--no-leak",)):
        answering_since = time.time()
        text = eventually(
            lambda: published(
                r'botvitals_child_processes\{role="vector_store\.py"\} 1',
                r'botvitals_child_processes\{role="stand_ins"\} 1',
                *(DURATIONS % (flow, "[1-9]") for flow in FLOWS),
                r'checkpoint_seconds_count\{checkpoint="api_call",operation="confirm_generation"\} [1-9]',
            ),
            "the bot's children, operations and objects",
        )
        counts = [float(count) for count in re.findall(CHAT_MESSAGES + r"(\S+)", text)]
        if leak:
            assert counts[0] > 50_000
            more = CHAT_MESSAGES + rf"(?!{counts[0]}\n)"
            eventually(lambda: published(more), "more chat messages")
        else:
            assert counts == []


def test_the_webhook_takes_only_what_is_signed_and_only_for_an_order(tmp_path: Path) -> None:
    port = free_port()
    with running_bot(tmp_path, options=(f"--webhook-port={port}", "--webhook-seconds=1000")):

        def orders() -> list[tuple[str, str]]:
            [path] = tmp_path.glob("demo_bot_*/bot.sqlite")
            with closing(sqlite3.connect(path)) as database:
                return database.execute("SELECT id, carrier FROM orders ORDER BY rowid").fetchall()

        first, *_ = eventually(orders, "an order")
        body = json.dumps({"id": "1", "status": "failed"}).encode()
        webhook = f"http://127.0.0.1:{port}/webhook"
        assert request(f"{webhook}/{first[0]}", body, {"X-Signature": "0" * 64})[0] == 403
        assert request(f"{webhook}/{first[0]}", body)[0] == 403
        assert request(f"{webhook}/unknown", body)[0] == 404
        assert orders()[0] == first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_children_and_its_files(number: signal.Signals, tmp_path: Path) -> None:
    with running_bot(tmp_path) as (process, children):
        assert len(children) == 2
        process.send_signal(number)
        assert process.wait(30) == 0
        assert [child for child in children if child.is_running()] == []
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_ctrl_c_at_a_terminal_ends_it_well(tmp_path: Path) -> None:
    with running_bot(tmp_path) as (process, children):
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        assert [child for child in children if child.is_running()] == []
    assert "failed" not in (tmp_path / "log").read_text().replace("TelegramBadRequest", "")


def test_killed_it_leaves_no_child(tmp_path: Path) -> None:
    with running_bot(tmp_path) as (process, children):
        process.kill()
        _, left = psutil.wait_procs(children, timeout=30)
        assert left == []


def test_monitor_ends_with_it_and_its_children(tmp_path: Path) -> None:
    monitor = ("-m", "botvitals_exporter", "monitor", "--no-metrics", "--quiet", f"--output-dir={tmp_path / 'data'}")
    with running_bot(tmp_path, *monitor) as (process, children):
        assert len(children) == 3
        process.terminate()
        assert process.wait(30) == 0
        assert [child for child in children if child.is_running()] == []


def test_without_aiogram_it_says_in_one_line_how_to_install_it() -> None:
    code = f"import runpy, sys; sys.modules['aiogram'] = None; runpy.run_path({str(BOT)!r}, run_name='__main__')"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(BOT.parent)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "the demo bot needs aiogram: pip install 'aiogram==3.31.*'\n"


@pytest.mark.parametrize(
    ("option", "variable", "value", "reason"),
    [
        ("--every", "DEMO_EVERY", "0", "not a time in seconds between 0.001 and a day: '0'"),
        ("--errors", "DEMO_ERRORS", "2", "not a number from 0 to 1: '2'"),
        ("--webhook-port", "DEMO_WEBHOOK_PORT", "70000", "not a port: '70000'"),
        ("--log-level", "DEMO_LOG_LEVEL", "loud", "none of DEBUG, INFO, WARNING, ERROR: 'loud'"),
    ],
)
def test_a_wrong_option_is_refused_also_where_it_comes_from_the_environment(
    option: str, variable: str, value: str, reason: str
) -> None:
    for arguments, environment in (([option, value], {}), ([], {variable: value})):
        command = [sys.executable, str(BOT), *arguments]
        ended = subprocess.run(
            command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 2
        assert ended.stderr.splitlines()[-1] == f"bot.py: error: argument {option}: {reason}"
