"""Bots that count themselves, and their copies caught in the act; used by tests and by the bots that they start."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botvitals_exporter.sources.census.engine import CensusSkippedError, Engine, Tally

COPY = "botvitals-censu"  # what the kernel keeps of the name
PATIENCE_SECONDS = 60.0
REPOSITORY = Path(__file__).parent.parent
_PACKAGES = [str(REPOSITORY / folder) for folder in ("instrumentation", "exporter", "tests")]


def is_sanitized() -> bool:
    """Return whether the address sanitizer is loaded: it needs terabytes of addresses and keeps what is freed."""
    maps = Path("/proc/self/maps")
    return maps.exists() and "libasan" in maps.read_text()


def wait_until(look: Callable[[], Any], what: str) -> Any:
    """Return the first true value of `look`, asked again and again."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.001)
    raise AssertionError(f"not within {PATIENCE_SECONDS:.0f} s: {what}")


def copies_of(pid: int | str = "self") -> list[int]:
    """Return the living and dead copies of a process that count its heap."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):
            children = map(int, (task / "children").read_text().split())
            found += [child for child in children if kernel_name(child) == COPY]
    return found


def kernel_name(pid: int) -> str:
    """Return a process's name in /proc/PID/comm, nothing where there is no such process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    return ""


def status(pid: int) -> dict[str, str]:
    """Return the lines of a process's /proc/PID/status, nothing where there is no such process."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {}


def is_stopped(pid: int) -> bool:
    """Return whether a signal has stopped a process."""
    return status(pid).get("State", "").startswith("T")


def is_dead(pid: int) -> bool:
    """Return whether a process has ended, reaped or not."""
    return status(pid).get("State", "Z")[0] in "ZX"


class Count(threading.Thread):
    """A census on a thread of its own: a tally, or why there is none."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(name="census")
        self._engine = engine
        self.tally: Tally | None = None
        self.skipped: CensusSkippedError | None = None

    def run(self) -> None:
        """Count."""
        try:
            self.tally = self._engine.count()
        except CensusSkippedError as skipped:
            self.skipped = skipped

    def finish(self) -> Tally | CensusSkippedError | None:
        """Wait for the end and return what came of it."""
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), "the census hangs"
        return self.tally or self.skipped

    def stop_copy(self) -> int | None:
        """Stop the copy, once it has said who it is, and return its pid; None where it was too fast."""
        while self.is_alive():
            for pid in copies_of():
                with suppress(ProcessLookupError, FileNotFoundError):
                    if Path(f"/proc/{pid}/oom_score_adj").read_text() != "1000\n":
                        continue
                    os.kill(pid, signal.SIGSTOP)
                    wait_until(lambda pid=pid: is_stopped(pid) or is_dead(pid), "the copy stopped")
                    if is_stopped(pid):
                        return pid
        return None


@contextmanager
def stopped_copy(engine: Engine) -> Iterator[tuple[int, Count]]:
    """Hold a copy that counts, by SIGSTOP, for as long as the block lasts; give its pid and the census."""
    for _attempt in range(200):
        count = Count(engine)
        count.start()
        pid = count.stop_copy()
        if pid is not None:
            break
        count.finish()
    else:
        raise AssertionError("no copy could be stopped")
    try:
        yield pid, count
    finally:
        if count.is_alive():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        count.finish()


def go_on_until(pid: int, look: Callable[[], bool]) -> bool:
    """Let a stopped copy go on in small steps until `look` is true; return False where it ended before."""

    def step() -> bool:
        if is_dead(pid) or look():
            return True
        os.kill(pid, signal.SIGCONT)
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: is_stopped(pid) or is_dead(pid), "the copy stopped")
        return False

    wait_until(step, "the copy ready")
    return not is_dead(pid)


def bot_environment(**more: str) -> dict[str, str]:
    """Return an environment in which a bot imports these packages and this file."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(_PACKAGES), "PYTHONDONTWRITEBYTECODE": "1", **more}


PRELUDE = """
import faulthandler
faulthandler.dump_traceback_later(100, exit=True)
from botvitals_exporter.sources.census.inline import InlineEngine
from botvitals_exporter.sources.census.native import find_native_core
from botvitals_exporter.sources.census.snapshot import SnapshotEngine
core = find_native_core()
snapshot, inline = SnapshotEngine(core, deadline_seconds=30), InlineEngine(core)
"""
"""What every bot begins with; whoever hangs is ended with the tracebacks of all threads."""


@contextmanager
def started_bot(code: str, *arguments: str, options: tuple[str, ...] = (), **more: str) -> Iterator[Any]:
    """Run a bot for as long as the block lasts, at most."""
    with subprocess.Popen(
        [sys.executable, *options, "-c", PRELUDE + code, *arguments],
        env=bot_environment(**more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as bot:
        try:
            yield bot
        finally:
            bot.kill()


def run_bot(code: str, *arguments: str, options: tuple[str, ...] = ("-W", "error"), **more: str) -> str:
    """Run a bot to its end, which must be a good one without a word on stderr; return what it printed."""
    with started_bot(code, *arguments, options=options, **more) as bot:
        out, err = bot.communicate(timeout=2 * PATIENCE_SECONDS)
    assert (bot.returncode, err) == (0, ""), f"exit code {bot.returncode}, {out}\n{err}"
    return str(out)
