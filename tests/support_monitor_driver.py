"""The smallest `monitor`: runs a command as a bot, a line on stderr per interval, the bot's exit code at the end.

Usage: python -P support_monitor_driver.py GRACE_SECONDS COMMAND…
"""

import sys

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.bot_process import BotProcess


def main() -> int:
    def say(line: str) -> None:
        terminal.say(line)

    failures = Failures(say)
    terminal = Terminal(sys.stdout, failures, notices=sys.stderr)
    with BotProcess.start(sys.argv[2:], terminal, failures, grace_seconds=float(sys.argv[1])) as bot:
        while (exit_code := bot.wait(60.0)) is None:
            pass
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
