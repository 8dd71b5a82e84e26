"""What a watching verb says and shows: blocks and the bot's output on stdout, its own remarks on stderr."""

import sys

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures


def open_screen() -> tuple[Terminal, Failures]:
    """Return the terminal, and the failures that are said on it; the terminal's own are among them."""

    def say(line: str) -> None:
        terminal.say(line)

    failures = Failures(say)
    terminal = Terminal(sys.stdout, failures, notices=sys.stderr)
    return terminal, failures
