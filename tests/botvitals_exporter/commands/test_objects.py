import json
import re
import signal
import sys
from pathlib import Path

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_commands import run, started, write_bot
from support_programs import eventually, free_port, get

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
ENGINES = ["auto", "inline", "pympler", *(["snapshot"] if CLONES_HERE else [])]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot that prints its arguments and ends with exit code 3."""
    return write_bot(
        tmp_path,
        """
        import sys
        def main():
            print(sys.argv[1:])
            print("oops", file=sys.stderr)
            sys.exit(3)
        """,
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_fifty_thousand_instances_are_fifty_thousand_everywhere(engine: str, tmp_path: Path) -> None:
    write_bot(
        tmp_path,
        """
        import pathlib, sys, time, urllib.request

        class Session:
            def __init__(self, number):
                self.number = number

        sessions = [Session(number) for number in range(50_000)]

        def main():
            recording = pathlib.Path("data.txt.jsonl")
            deadline = time.monotonic() + 50
            while not (recording.exists() and recording.read_text().endswith("\\n")):
                assert time.monotonic() < deadline
                time.sleep(0.05)
            page = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=10).read()
            pathlib.Path("metrics.txt").write_bytes(page)
        """,
    )
    port = str(free_port())
    ended = run(
        tmp_path, "objects", "-i", "0.2", "--engine", engine, "--output", "data.txt", "--port", port, "bot.py", port
    )
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"<class 'bot\.Session'> +50,000 ", ended.stdout)
    record = json.loads((tmp_path / "data.txt.jsonl").read_text().splitlines()[0])
    [row] = [row for row in record["summary"] if row["type"] == "<class 'bot.Session'>"]
    assert row["count"] == 50_000
    page = (tmp_path / "metrics.txt").read_text()
    assert 'botvitals_objects{type="bot.Session"} 50000.0\n' in page
    assert f'engine="{engine}",mode="objects",native="{"false" if engine == "pympler" else "true"}"' in page


@pytest.mark.parametrize(
    ("arguments", "bots"),
    [
        (["bot.py", "-i", "3", "--engine", "x"], ["-i", "3", "--engine", "x"]),
        (["-m", "package", "--help"], ["--help"]),
        (["--", "bot.py", "-l", "1"], ["-l", "1"]),
        ([], []),
    ],
)
def test_what_follows_the_bot_is_the_bots_and_so_is_the_exit_code(
    arguments: list[str], bots: list[str], bot: Path
) -> None:
    write_bot(bot.parent, "import bot; bot.main()", "package/__main__.py")
    ended = run(bot.parent, "objects", "--no-metrics", *arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, f"{bots}\n", "oops\n")


@pytest.mark.parametrize("arguments", [["-o"], ["--objects"], ["--no-metrics", "-o"]])
def test_the_old_command_lines_count_objects_too(arguments: list[str], bot: Path) -> None:
    ended = run(bot.parent, *arguments, "--no-metrics", "bot.py", "-o")
    assert (ended.returncode, ended.stdout) == (3, "['-o']\n")


def test_a_traceback_of_the_bots_is_its_own(tmp_path: Path) -> None:
    write_bot(tmp_path, "def main():\n    raise ValueError('crashed')\n")
    ended = run(tmp_path, "objects", "--no-metrics")
    assert ended.returncode == 1
    assert ended.stderr.endswith("ValueError: crashed\n")
    assert "botvitals_exporter" not in ended.stderr


def test_options_come_from_the_environment(tmp_path: Path) -> None:
    write_bot(
        tmp_path,
        """
        import pathlib, time
        def main():
            while not pathlib.Path("kept.txt.jsonl").read_text():
                time.sleep(0.05)
        """,
    )
    ended = run(
        tmp_path, "objects",
        BOTVITALS_INTERVAL="0.1", BOTVITALS_NO_METRICS="true", BOTVITALS_QUIET="1", BOTVITALS_OUTPUT="kept.txt",
        BOTVITALS_ENGINE="inline", BOTVITALS_OBJECT_LIMIT="3",
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (0, "")
    text = (tmp_path / "kept.txt").read_text()
    assert "top 3 types" in text


def test_an_output_that_cannot_be_written_is_said_once_and_counted_and_the_bot_runs_on(tmp_path: Path) -> None:
    write_bot(tmp_path, "import time\ndef main():\n    time.sleep(60)\n")
    port = free_port()
    arguments = ("-q", "-i", "0.05", "--fixed-interval", "--output", ".", "--port", str(port))
    with started(tmp_path, "objects", *arguments) as process:
        counter = re.compile(r'errors_total\{component="output"\} ([0-9.]+)')

        def counted() -> float:
            found = counter.search(get(f"http://127.0.0.1:{port}/metrics"))
            return float(found[1]) if found else 0.0

        eventually(lambda: counted() >= 3, "it is counted each time")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert said.count("botvitals: cannot write ") == 1
    assert process.returncode in (130, -signal.SIGINT)


def test_no_secret_of_the_bots_is_shown_recorded_or_served(tmp_path: Path) -> None:
    write_bot(
        tmp_path,
        """
        import pathlib, subprocess, sys, threading, time, urllib.request
        def main():
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", *sys.argv[2:]])
            threading.Thread(target=time.sleep, args=(60,), name=sys.argv[2], daemon=True).start()
            recording = pathlib.Path("data.txt.jsonl")
            while not (recording.exists() and recording.read_text().endswith("\\n")):
                time.sleep(0.05)
            page = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics", timeout=10).read()
            pathlib.Path("metrics.txt").write_bytes(page)
            child.kill()
        """,
    )
    port = str(free_port())
    ended = run(tmp_path, "objects", "-i", "0.2", "--output", "data.txt", "--port", port, "bot.py", port, TOKEN)
    assert ended.returncode == 0, ended.stderr
    written = "".join((tmp_path / name).read_text() for name in ("data.txt", "data.txt.jsonl", "metrics.txt"))
    assert "botvitals_child_processes" in written
    assert "***" in written
    assert TOKEN not in ended.stdout + ended.stderr + written


def test_pympler_that_is_missing_is_said_before_the_bot_starts(bot: Path) -> None:
    blocker = write_bot(bot.parent, "raise ImportError('not installed')", "blocked/pympler/__init__.py").parent.parent
    paths = [str(blocker), *(path for path in sys.path if path)]
    ended = run(bot.parent, "objects", "--engine", "pympler", PYTHONPATH=":".join(paths))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "botvitals: pympler is not installed: pip install 'botvitals[pympler]'\n"


def test_port_zero_takes_any_free_port_and_says_which(tmp_path: Path) -> None:
    write_bot(tmp_path, "import time\ndef main():\n    time.sleep(60)\n")
    with started(tmp_path, "objects", "--port", "0") as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert 'mode="objects"' in get(line.split()[-1])
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
