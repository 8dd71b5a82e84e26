"""`botvitals plot`: a picture of recordings."""

from pathlib import Path

import click

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.commands.command import Command, Option
from botvitals_exporter.commands.errors import CommandError
from botvitals_exporter.commands.recordings import recordings_from, takes_recordings, tell
from botvitals_exporter.commands.types import OneOf, WholeNumber
from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.plot import ENDINGS, GROUPINGS, VALUES, Grouping, PlotError, Value, plot_recordings

DEFAULT_OUTPUT = Path("memory_analysis_plot.png")


def _check_ending(ctx: click.Context, parameter: click.Parameter, output: Path) -> Path:
    if output.suffix.lower() not in ENDINGS:
        text = _("'{path}' must end in one of {endings}").format(path=output, endings=", ".join(ENDINGS))
        raise click.BadParameter(text, ctx, parameter)
    return output


@click.command(
    cls=Command,
    # Options may stand behind the recordings: these run no program that options could be meant for.
    context_settings={"allow_interspersed_args": True},
    short_help=mark("Draw recordings: what grew, over time."),
    help=mark(
        "Draw the types, modules or processes that reached the most, a line each, over time. FILES are the .jsonl "
        "files that monitor and objects write, also while they are being written; several are merged by time."
    ),
    examples=(
        "botvitals plot data.txt.jsonl",
        "botvitals plot data.txt.jsonl.1 data.txt.jsonl --top 20 --plot-output week.svg",
        "botvitals plot data.txt.jsonl --by module --value count",
        "botvitals plot data.txt.jsonl --by process",
    ),
)
@takes_recordings
@click.option("-t", "--top", cls=Option, type=WholeNumber(1), default=10, help=mark("How many lines (default 10)."))
@click.option(
    "--by",
    cls=Option,
    type=OneOf(GROUPINGS),
    help=mark("What a line stands for (default type, or process where that is all there is)."),
)
@click.option(
    "--value",
    cls=Option,
    type=OneOf(VALUES),
    default="bytes",
    help=mark("Memory, or how many there are (default bytes)."),
)
@click.option(
    "--plot-output",
    cls=Option,
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    callback=_check_ending,
    metavar="PATH",
    help=mark("The picture: .png, .svg or .pdf (default memory_analysis_plot.png)."),
)
@click.pass_context
def plot(
    ctx: click.Context,
    files: tuple[Path, ...],
    inputs: tuple[Path, ...],
    top: int,
    by: Grouping | None,
    value: Value,
    plot_output: Path,
) -> None:
    """Write the picture and say so."""
    paths = recordings_from(ctx, inputs, files)
    try:
        result = plot_recordings(paths, output=plot_output, top=top, by=by, value=value, report=tell)
    except (PlotError, MissingExtraError) as error:
        raise CommandError(str(error)) from error
    text = _("wrote {path} (lines: {lines}, records: {records})")
    path = click.format_filename(result.output)
    click.echo(text.format(path=path, lines=result.lines, records=f"{result.records:,}"))
