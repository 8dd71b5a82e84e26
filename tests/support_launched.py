"""Bots started twice, by Python and by us, so that a test can say that there is no difference."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

_SCRIPT = """
import sys
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.event_loop_watch import EventLoopWatch
from botvitals_exporter.launcher.script import run_script
def say(line):
    print("said:", line, file=sys.stderr, flush=True)
run_script(sys.argv[1], sys.argv[2:], say=say, event_loops=EventLoopWatch(Failures(say)))
"""
_MODULE = """
import sys
from botvitals_exporter.launcher.module import run_module
run_module(sys.argv[1], sys.argv[2:])
"""
_LIMIT_SECONDS = 20


@dataclass(frozen=True)
class Ended:
    """How a bot ended; the code of one that a signal killed is the negative signal; addresses are left out."""

    code: int
    out: str
    err: str


def write(folder: Path, **files: str) -> None:
    """Write modules into `folder`: `bot="…"` makes bot.py."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")


def start(folder: Path, *words: str, by_us: bool = True) -> "subprocess.Popen[str]":
    """Start `SCRIPT [ARGS…]` or `-m MODULE [ARGS…]` in `folder`, by us or by Python."""
    if not by_us:
        command = list(words)
    elif words[0] == "-m":
        command = ["-c", _MODULE, *words[1:]]
    else:
        command = ["-c", _SCRIPT, *words]
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(bot: "subprocess.Popen[str]", stdin: str = "") -> Ended:
    """Wait for a bot that was started, and return how it ended; one that does not end is killed and fails the test."""
    with bot:
        try:
            out, err = bot.communicate(stdin, timeout=_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            bot.kill()
            raise
    return Ended(bot.returncode, out, re.sub("0x[0-9a-f]+", "0x…", err))


def run(folder: Path, *words: str, by_us: bool = True, stdin: str = "") -> Ended:
    """Start a bot and wait for its end."""
    return finish(start(folder, *words, by_us=by_us), stdin)


def run_both(folder: Path, *words: str, stdin: str = "") -> tuple[Ended, Ended]:
    """Run a bot by us and by Python at the same time, and return both ends in that order."""
    ours, pythons = (start(folder, *words, by_us=by_us) for by_us in (True, False))
    with pythons:
        return finish(ours, stdin), finish(pythons, stdin)


def signalled(folder: Path, *words: str, number: signal.Signals, by_us: bool = True, after: str | None = None) -> Ended:
    """Start a bot, send it a signal, and return how it ended.

    The signal is sent once the bot has printed a line, which is then left out of the output, or, with `after`, once
    that stands on stderr.
    """
    bot = start(folder, *words, by_us=by_us)
    assert bot.stdout is not None
    assert bot.stderr is not None
    said = ""
    if after is None:
        bot.stdout.readline()
    while after is not None and after not in said:
        line = bot.stderr.readline()
        assert line, said
        said += line
    bot.send_signal(number)
    ended = finish(bot)
    return Ended(ended.code, ended.out, said + ended.err)
