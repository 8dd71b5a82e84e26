"""Types of option values, each with an error text in the language in use."""

import math
import re
from collections.abc import Sequence
from typing import Any

import click

from botvitals.language import gettext as _
from botvitals_exporter.schedule import is_interval

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?", re.IGNORECASE)


class Seconds(click.ParamType[float]):
    """A duration in seconds, more than nothing and no longer than can be waited for; fractions allowed."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not is_interval(seconds):
            self.fail(_("'{value}' is not a number of seconds above 0").format(value=value), param, ctx)
        return seconds


class WholeNumber(click.ParamType[int]):
    """A whole number from `least` to `most`."""

    name = "number"

    def __init__(self, least: int, most: int = 1_000_000) -> None:
        self.least, self.most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            number = int(value)
        except ValueError:
            number = self.least - 1
        if not self.least <= number <= self.most:
            text = _("'{value}' is not a whole number from {least} to {most}")
            self.fail(text.format(value=value, least=self.least, most=self.most), param, ctx)
        return number


class Size(click.ParamType[int]):
    """A size in bytes: `1000000`, `500MB`, `1GB`; a KB is 1,024 bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        match = _SIZE.fullmatch(str(value).strip())
        size_bytes = int(float(match[1]) * 1024 ** " KMGT".index(match[2].upper() or " ")) if match else 0
        if size_bytes < 1:
            self.fail(_("'{value}' is not a size such as 500MB or 1GB").format(value=value), param, ctx)
        return size_bytes


class OneOf(click.Choice[str]):
    """One of some words."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word."""
        if value not in self.choices:
            text = _("'{value}' is none of {words}")
            self.fail(text.format(value=value, words=", ".join(self.choices)), param, ctx)
        return str(value)
