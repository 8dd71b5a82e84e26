"""`botvitals objects`: a bot's heap from inside, type by type."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from botvitals.language import mark
from botvitals_exporter.commands.command import Command, Option
from botvitals_exporter.commands.endpoint import open_listener, say_where
from botvitals_exporter.commands.errors import CommandError
from botvitals_exporter.commands.options import target_from, watching_from, watching_options
from botvitals_exporter.commands.otlp import asked_push
from botvitals_exporter.commands.screen import open_screen
from botvitals_exporter.commands.types import OneOf, WholeNumber
from botvitals_exporter.exporter import Exporter
from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.heap_output import OBJECT_LIMIT, HeapOutput
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.launcher.event_loop_watch import EventLoopWatch
from botvitals_exporter.launcher.module import run_module
from botvitals_exporter.launcher.runnable import NotRunnableError, check_module
from botvitals_exporter.launcher.script import run_script
from botvitals_exporter.publisher import Publisher, identity_of
from botvitals_exporter.recorders.recorder import Recorder
from botvitals_exporter.recorders.records import RECORD_LIMIT
from botvitals_exporter.sources.census.engine import EngineChoice
from botvitals_exporter.sources.census.engines import ENGINE_NAMES, engine_named
from botvitals_exporter.tracing.span_export import SpanExport


@click.command(
    cls=Command,
    short_help=mark("Run a bot and count its Python objects, from inside."),
    help=mark(
        "Run the bot (SCRIPT, by default bot.py; with -m a package) in this very process, and every interval show, "
        "record and serve all its Python objects by type and by module, its threads and its garbage collector."
    ),
    examples=(
        "botvitals objects",
        "botvitals objects --interval 60 --output data.txt bot.py",
        "botvitals objects --object-limit 30 -m mybot",
        "botvitals plot data.txt.jsonl",
    ),
)
@watching_options
@click.option(
    "-l",
    "--object-limit",
    cls=Option,
    type=WholeNumber(1),
    default=OBJECT_LIMIT,
    help=mark("How many types and modules to show (default 20)."),
)
@click.option(
    "--record-limit",
    cls=Option,
    type=WholeNumber(1),
    default=RECORD_LIMIT,
    help=mark("How many types and modules to record (default 200)."),
)
@click.option(
    "--engine",
    cls=Option,
    type=OneOf(ENGINE_NAMES),
    default="auto",
    help=mark("How to count: auto, snapshot, inline or pympler (default auto)."),
)
@click.option(
    "--owners",
    cls=Option,
    is_flag=True,
    help=mark("Show who owns the built-in objects, too: a census then costs two to three times as much."),
)
@click.option(
    "--fixed-interval",
    cls=Option,
    is_flag=True,
    help=mark("Keep the interval, whatever a census costs the bot."),
)
@click.option(
    "--output",
    cls=Option,
    type=click.Path(path_type=Path),
    help=mark("Append each census to this file, and as JSON to this name with .jsonl added."),
)
@click.option(
    "--spans",
    cls=Option,
    type=click.Path(path_type=Path),
    help=mark("Append the spans of the bot's timers to this file, as OTLP JSON lines."),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SCRIPT [ARGS...]]")
@click.pass_context
def objects(
    ctx: click.Context,
    /,
    arguments: tuple[str, ...],
    module: bool,
    object_limit: int,
    record_limit: int,
    engine: str,
    owners: bool,
    fixed_interval: bool,
    output: Path | None,
    spans: Path | None,
    **values: Any,
) -> Callable[[], None]:
    """Start counting and return what runs the bot, to be called once click has returned."""
    watching = watching_from(values)
    target = target_from(ctx, arguments, is_module=module, takes_command=False)
    if target.module:
        try:
            check_module(target.module)
        except NotRunnableError as error:
            raise click.UsageError(str(error), ctx) from error
    terminal, failures = open_screen()
    vitals = InsideVitals(
        failures,
        _engine(engine, owners),
        watching.interval_seconds,
        has_fixed_interval=fixed_interval,
        role_rules=watching.role_rules,
    )
    recorder = None if output is None else Recorder(output, failures, max_bytes=watching.output_max_bytes)
    show = HeapOutput(
        terminal=None if watching.quiet else terminal,
        recorder=recorder,
        shown=object_limit,
        recorded=record_limit,
    )
    with ExitStack() as unless_it_starts:
        listener = open_listener(watching, unless_it_starts)
        identity = identity_of(watching.service_name, os.environ, target.script)
        publisher = Publisher(
            vitals.collectors(),
            vitals.build("objects"),
            identity,
            failures,
            listener=listener,
            push=asked_push(watching, failures),
        )
        span_export = SpanExport(identity, failures, spans_file=spans, max_bytes=watching.output_max_bytes)
        Exporter(vitals, publisher, failures, watching.interval_seconds, show=show, spans=span_export).begin()
        unless_it_starts.pop_all()
    say_where(watching, listener, terminal)
    if recorder is not None:
        recorder.begin()
    event_loops = EventLoopWatch(failures)
    event_loops.install()
    event_loops.subscribe(vitals.event_loop.follow)
    if target.script is None:
        return partial(run_module, target.module, target.arguments)
    return partial(run_script, target.script, target.arguments, say=terminal.say, event_loops=event_loops)


def _engine(name: str, owners: bool) -> EngineChoice:
    try:
        return engine_named(name, owners=owners)
    except (MissingExtraError, ValueError) as error:
        raise CommandError(str(error)) from error
