"""How lively the made-up world is: options with environment variables behind them."""

import argparse
import os
from collections.abc import Callable
from typing import NamedTuple


class Option(NamedTuple):
    """An option of the command line: what the environment says holds where it is not given."""

    flag: str
    variable: str
    default: str
    kind: Callable[[str], float | int | None]
    help: str


def seconds(text: str) -> float:
    """Return a time in seconds, zero or more."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def positive_seconds(text: str) -> float:
    """Return a time in seconds, more than none."""
    value = seconds(text)
    if not value:
        raise ValueError(text)
    return value


def share(text: str) -> float:
    """Return a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def seed(text: str) -> int | None:
    """Return what a random generator starts from; None, chance, where nothing is said."""
    return int(text) if text else None


OPTIONS = (
    Option("--every", "DEMO_EVERY", "0.25", positive_seconds, "seconds between two users' visits, on average"),
    Option("--image-seconds", "DEMO_IMAGE_SECONDS", "0.3", seconds, "how long the image API takes to accept a task"),
    Option("--webhook-seconds", "DEMO_WEBHOOK_SECONDS", "5", seconds, "how long until it calls the webhook back"),
    Option("--errors", "DEMO_ERRORS", "0.03", share, "share of image API calls, images and clicks that fail; 0 to 1"),
    Option("--seed", "DEMO_SEED", "", seed, "what the users' dice start from"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    for option in OPTIONS:
        said = f" ({option.variable}, {option.default})" if option.default else f" ({option.variable})"
        # Given as text, the default goes through `kind` too: what the environment says is checked like an argument.
        default = os.environ.get(option.variable) or option.default
        parser.add_argument(option.flag, type=option.kind, default=default, help=option.help + said)


def arguments(options: argparse.Namespace) -> list[str]:
    """Return the arguments that give another process the same options."""
    values = ((option.flag, getattr(options, option.flag[2:].replace("-", "_"))) for option in OPTIONS)
    return [f"{flag}={value}" for flag, value in values if value is not None]
