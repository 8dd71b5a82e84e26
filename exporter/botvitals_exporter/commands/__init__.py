"""The command line: one verb a file."""

import sys
from collections.abc import Callable, Sequence

import click

from botvitals.language import mark
from botvitals.version import __version__
from botvitals_exporter.commands.command import Group, Option
from botvitals_exporter.commands.errors import one_line
from botvitals_exporter.commands.monitor import monitor
from botvitals_exporter.commands.objects import objects
from botvitals_exporter.commands.old_style import with_verb
from botvitals_exporter.commands.plot import plot
from botvitals_exporter.commands.trace import trace

# What a verb returns: its exit code, or the bot to run once click has returned.
Outcome = int | Callable[[], None] | None


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"botvitals {__version__}")
        ctx.exit()


@click.group(
    cls=Group,
    help=mark("Memory and latency of long-lived Python bots."),
    examples=(
        "botvitals monitor bot.py",
        "botvitals objects --output data.txt bot.py",
        "botvitals plot data.txt.jsonl",
        "botvitals trace spans.jsonl",
    ),
)
@click.option(
    "-V",
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    from_environment=False,
    help=mark("Show the version and exit."),
)
def botvitals() -> None:
    """Group the verbs."""


for verb in (monitor, objects, plot, trace):
    botvitals.add_command(verb)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line `arguments` (`sys.argv` where none are given) and leave with its exit code.

    What a user can mend leaves as one line on stderr: exit code 2 for a wrong command line, 1 for all else. `objects`
    runs the bot here, after click has returned: inside, click would turn the bot's KeyboardInterrupt into "Aborted!".
    """
    words = with_verb(sys.argv[1:] if arguments is None else arguments, tuple(botvitals.commands))
    try:
        outcome: Outcome = botvitals.main(words or ["--help"], prog_name="botvitals", standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"botvitals: {one_line(error)}", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    if callable(outcome):
        outcome()
    else:
        sys.exit(outcome)
