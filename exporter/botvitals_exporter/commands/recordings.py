"""What the verbs that read recordings share: how the recordings are named, and how a flaw in one is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.commands.command import Option

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)


def takes_recordings(function: AnyFunction) -> AnyFunction:
    """Add `--input` and FILES; `recordings_from` makes one list of their values."""
    named = click.option(
        "-i",
        "--input",
        "inputs",
        cls=Option,
        multiple=True,
        type=_PATH,
        metavar="FILE",
        from_environment=False,
        help=mark("A recording, like FILES (repeatable)."),
    )
    return named(click.argument("files", nargs=-1, type=_PATH, metavar="[FILES...]")(function))


def recordings_from(ctx: click.Context, inputs: tuple[Path, ...], files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return all that were named, at least one. Raises click.UsageError where there is none."""
    paths = inputs + files
    if not paths:
        raise click.UsageError(_("which recording? Name at least one .jsonl file"), ctx)
    return paths


def tell(flaw: str) -> None:
    """Say on stderr, in one line, what is wrong with a recording."""
    click.echo(f"botvitals: {' '.join(flaw.split())}", err=True)
