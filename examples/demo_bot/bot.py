"""A Telegram bot as its owners write them, on aiogram, with all that is outside it made up: it runs offline.

It redraws photos with a slow image API that calls a webhook back, chats with the help of a vector store in a child
process, and times what it does. With `--leak` it keeps every prompt for ever. Watch it from inside with
`botvitals objects examples/demo_bot/bot.py --leak`, from outside with `botvitals monitor examples/demo_bot/bot.py`.
"""

import asyncio
import contextlib
import logging
import signal
import sys

from picture_bot.options import read_options


def main() -> None:
    """Answer until Ctrl+C or SIGTERM."""
    options = read_options(__doc__)
    logging.basicConfig(level=options.log_level, format="%(message)s")
    # Until aiogram takes SIGTERM over: what has been started by then is put away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with contextlib.suppress(KeyboardInterrupt):
        try:
            # Not before the options: it takes seconds.
            from picture_bot.application import run
        except ModuleNotFoundError as missing:
            if missing.name != "aiogram":
                raise
            sys.exit("the demo bot needs aiogram: pip install 'aiogram==3.31.*'")
        asyncio.run(run(options))


if __name__ == "__main__":
    main()
