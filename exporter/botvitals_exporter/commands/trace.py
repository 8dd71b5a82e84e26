"""`botvitals trace`: which operations were slow, and where their time went."""

import sys
from pathlib import Path

import click

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.commands.command import Command, Option
from botvitals_exporter.commands.errors import CommandError
from botvitals_exporter.commands.recordings import recordings_from, takes_recordings, tell
from botvitals_exporter.commands.types import WholeNumber
from botvitals_exporter.console.output import Output
from botvitals_exporter.console.terminal import NO_READER, Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.plot.lines import size_bytes
from botvitals_exporter.plot.progress import reading_progress
from botvitals_exporter.trace.glyphs import glyphs_for
from botvitals_exporter.trace.page import page
from botvitals_exporter.trace.report import TraceError, read_report

# Where there is no terminal to ask: what mail and most editors show.
_COLUMNS = 100
_PASSES = 2


@click.command(
    cls=Command,
    # Options may stand behind the recordings, as with plot.
    context_settings={"allow_interspersed_args": True},
    short_help=mark("Show recorded operations: the slowest, and where the time went."),
    help=mark(
        "Show the slowest operations with their checkpoints as waterfalls, and where the time went on average. FILES "
        "are what --spans writes, or the OpenTelemetry Collector's file exporter (JSON), also while they are being "
        "written."
    ),
    examples=(
        "botvitals trace spans.jsonl",
        "botvitals trace spans.jsonl.1 spans.jsonl --top 3",
        "botvitals trace spans.jsonl --operation button_click",
    ),
)
@takes_recordings
@click.option(
    "-t", "--top", cls=Option, type=WholeNumber(1, 1000), default=10, help=mark("How many operations (default 10).")
)
@click.option(
    "--operation", cls=Option, metavar="NAME", from_environment=False, help=mark("Only operations of this name.")
)
@click.pass_context
def trace(
    ctx: click.Context, files: tuple[Path, ...], inputs: tuple[Path, ...], top: int, operation: str | None
) -> None:
    """Print the page, and on stderr what is wrong with the files."""
    paths = recordings_from(ctx, inputs, files)
    try:
        with reading_progress(_PASSES * sum(map(size_bytes, paths)), sys.stderr) as advance:
            report = read_report(paths, top, operation, advance)
    except TraceError as error:
        raise CommandError(str(error)) from error
    for problem in report.problems:
        tell(problem)
    failed: list[str] = []
    output = Output(sys.stdout)
    text = page(report, output.columns or _COLUMNS, glyphs_for(output.encoding))
    Terminal(sys.stdout, Failures(failed.append)).print_block(text)
    # `| head` closes the pipe when it has seen enough.
    if failed and failed[0] != _(NO_READER):
        raise CommandError(failed[0])
