"""What it costs to relay a bot's output: wall and processor time against `cat` in the bot's place at the same pipe.

Run as `python benchmarks/relay.py [MEGABYTES]`; the relayed output goes to /dev/null.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.bot_process import BotProcess

LINE = "x" * 79


def relay(command: list[str]) -> float:
    """Relay `command`'s output to /dev/null; return this process's processor seconds."""
    failures = Failures(print)
    before = time.process_time()
    with (
        Path(os.devnull).open("w") as nothing,
        BotProcess.start(command, Terminal(nothing, failures), failures) as bot,
    ):
        bot.wait()
    return time.process_time() - before


def cat(command: list[str]) -> float:
    """Send `command`'s output through `cat` to /dev/null; return cat's processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}) as bot:
        subprocess.run(["cat"], stdin=bot.stdout, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)  # cat alone: the bot has not been waited for
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(run: Callable[[list[str]], float], command: list[str]) -> tuple[float, float]:
    """Return wall and processor seconds of `run`."""
    began = time.perf_counter()
    processor_seconds = run(command)
    return time.perf_counter() - began, processor_seconds


def main(megabytes: int) -> None:
    """Print the table."""
    lines = megabytes * 2**20 // 80
    bots = {
        "large writes": ["sh", "-c", f"yes {LINE} | head -n {lines}"],
        "a print a line": [sys.executable, "-c", f"for _ in range({lines // 10}): print('{LINE}')"],
    }
    print(f"{'bot':<16} {'MB':>5} {'relay wall s':>13} {'cpu s':>7} {'cat wall s':>11} {'cpu s':>7}")
    for name, command in bots.items():
        size = megabytes if name == "large writes" else megabytes / 10
        wall, processor = measured(relay, command)
        cat_wall, cat_processor = measured(cat, command)
        print(f"{name:<16} {size:>5g} {wall:>13.2f} {processor:>7.2f} {cat_wall:>11.2f} {cat_processor:>7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
