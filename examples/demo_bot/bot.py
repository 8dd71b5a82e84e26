"""A Telegram bot as its owners write them, on aiogram, with all that is outside it made up: it runs offline.

It redraws photos with a slow image API that calls a webhook back, chats with the help of a vector store in a child
process, and times what it does. With `--leak` it forgets no message. Watch it from inside with
`botvitals objects examples/demo_bot/bot.py --leak`, from outside with `botvitals monitor examples/demo_bot/bot.py`.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys

from stand_ins.options import add_options

try:
    from picture_bot.application import run
except ModuleNotFoundError as missing:
    if missing.name != "aiogram":
        raise
    sys.exit("the demo bot needs aiogram: pip install 'aiogram==3.31.*'")


def read_options() -> argparse.Namespace:
    """Return the options of the command line; what it leaves out comes from the environment (DEMO_LEAK, …)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--leak",
        action=argparse.BooleanOptionalAction,
        default=os.environ.get("DEMO_LEAK", "").lower() in {"1", "true", "yes", "on"},
        help="keep every chat message for ever (DEMO_LEAK)",
    )
    parser.add_argument(
        "--webhook-port",
        type=int,
        default=os.environ.get("DEMO_WEBHOOK_PORT", "0"),
        help="port of the webhook; 0 takes a free one (DEMO_WEBHOOK_PORT, 0)",
    )
    parser.add_argument(
        "--log-level",
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
        default=os.environ.get("DEMO_LOG_LEVEL", "WARNING"),
        help="INFO shows each timer (DEMO_LOG_LEVEL, WARNING)",
    )
    add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    options = read_options()
    logging.basicConfig(level=options.log_level, format="%(message)s")
    # Until aiogram takes SIGTERM over: what has been started by then is put away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(options))
