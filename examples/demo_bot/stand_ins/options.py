"""How lively the made-up world is: options with environment variables behind them."""

import argparse
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Option(NamedTuple):
    """An option of the command line: what the environment says holds where it is not given."""

    flag: str
    variable: str
    default: str
    kind: Callable[[str], object]
    help: str


def number(
    least: float, most: float, what: str, number_type: type[float] | type[int] = float
) -> Callable[[str], float]:
    """Return what reads a number between two bounds, both included; `what` says what it is in the error."""

    def read(text: str) -> float:
        try:
            value = number_type(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"not {what}: {text!r}")
        return value

    return read


def seed(text: str) -> int | None:
    """Return what a random generator starts from; None, chance, where nothing is said."""
    return int(text) if text else None


_seconds = number(0, 86_400, "a time in seconds, a day at most")
_seconds_between = number(0.001, 86_400, "a time in seconds between 0.001 and a day")
_share = number(0, 1, "a number from 0 to 1")

OPTIONS = (
    Option("--every", "DEMO_EVERY", "0.25", _seconds_between, "seconds between two users' visits, on average"),
    Option("--image-seconds", "DEMO_IMAGE_SECONDS", "0.3", _seconds, "how long the image API takes to accept a task"),
    Option("--webhook-seconds", "DEMO_WEBHOOK_SECONDS", "5", _seconds, "how long until it calls the webhook back"),
    Option("--errors", "DEMO_ERRORS", "0.03", _share, "share of image API calls, images and clicks that fail; 0 to 1"),
    Option("--seed", "DEMO_SEED", "", seed, "what the users' dice start from"),
)


def add_options(parser: argparse.ArgumentParser, options: Iterable[Option] = OPTIONS) -> None:
    """Add options to a parser."""
    for option in options:
        said = f" ({option.variable}, {option.default})" if option.default else f" ({option.variable})"
        # Given as text, the default goes through `kind` too: what the environment says is checked like an argument.
        default = os.environ.get(option.variable) or option.default
        metavar = option.flag.rpartition("-")[2].upper()
        parser.add_argument(option.flag, type=option.kind, default=default, metavar=metavar, help=option.help + said)


def arguments(options: argparse.Namespace) -> list[str]:
    """Return the arguments that give another process the same options."""
    values = ((option.flag, getattr(options, option.flag[2:].replace("-", "_"))) for option in OPTIONS)
    return [f"{flag}={value}" for flag, value in values if value is not None]
