"""The bot's command line."""

import argparse
import os

from stand_ins.options import Option, add_options, number

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


def read_options(description: str | None) -> argparse.Namespace:
    """Return the options of the command line; what it leaves out comes from the environment (DEMO_LEAK, …)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--leak",
        action=argparse.BooleanOptionalAction,
        default=os.environ.get("DEMO_LEAK", "").lower() in {"1", "true", "yes", "on"},
        help="keep every prompt, with its ChatMessages, for ever (DEMO_LEAK)",
    )
    add_options(parser, (WEBHOOK_PORT, LOG_LEVEL))
    add_options(parser)
    return parser.parse_args()


def log_level(text: str) -> str:
    """Return the name of a level of the standard library's logging."""
    if text.upper() not in LOG_LEVELS:
        raise argparse.ArgumentTypeError(f"none of {', '.join(LOG_LEVELS)}: {text!r}")
    return text.upper()


WEBHOOK_PORT = Option(
    "--webhook-port",
    "DEMO_WEBHOOK_PORT",
    "0",
    number(0, 65_535, "a port", int),
    "where the webhook listens, on 127.0.0.1; 0 takes a free port",
)
LOG_LEVEL = Option("--log-level", "DEMO_LOG_LEVEL", "WARNING", log_level, "INFO shows each timer")
