"""`botvitals monitor`: a bot's memory and its children's, from outside."""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import click

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.build import Build
from botvitals_exporter.commands.command import Command, Option
from botvitals_exporter.commands.endpoint import open_listener, say_where
from botvitals_exporter.commands.errors import CommandError
from botvitals_exporter.commands.options import Target, target_from, watching_from, watching_options
from botvitals_exporter.commands.otlp import asked_push
from botvitals_exporter.commands.screen import open_screen
from botvitals_exporter.commands.types import Seconds, WholeNumber
from botvitals_exporter.launcher.attached_process import AttachedProcess
from botvitals_exporter.launcher.bot_process import BotProcess
from botvitals_exporter.launcher.errors import LauncherError
from botvitals_exporter.launcher.interpreter import Interpreter, choose_interpreter
from botvitals_exporter.launcher.stopping import GRACE_SECONDS
from botvitals_exporter.outside import GONE, OutsideVitals
from botvitals_exporter.process_output import ProcessOutput
from botvitals_exporter.publisher import Publisher, identity_of
from botvitals_exporter.recorders.recorder import MONITOR_FOLDER, Recorder, monitor_recording_path
from botvitals_exporter.schedule import Schedule

# 128 and SIGKILL, which Windows does not have.
_KILLED = 137


@click.command(
    cls=Command,
    short_help=mark("Watch a bot's memory and its children's, from outside."),
    help=mark(
        "Start the bot (SCRIPT, by default bot.py; with -m a package; after -- any command), pass its output through, "
        "and show, record and serve its memory and its children's. With --pid, watch a process that already runs."
    ),
    examples=(
        "botvitals monitor",
        "botvitals monitor --interval 5 bot.py --token-file token.txt",
        "botvitals monitor -m mybot",
        "botvitals monitor -- nb run",
        "botvitals monitor --pid 12345",
    ),
)
@watching_options
@click.option(
    "--pid",
    cls=Option,
    type=WholeNumber(1, 2**31 - 1),
    help=mark("Watch this process, which is never stopped, instead of starting a bot."),
)
@click.option(
    "--python",
    cls=Option,
    type=click.Path(path_type=Path),
    help=mark("Python to run the bot with (else the project's .venv or venv, else this one)."),
)
@click.option(
    "--grace",
    cls=Option,
    type=Seconds(),
    default=GRACE_SECONDS,
    help=mark("Seconds that a bot has to stop before it is killed (default 8)."),
)
@click.option(
    "--output-dir",
    cls=Option,
    type=click.Path(path_type=Path),
    default=MONITOR_FOLDER,
    help=mark("Folder of the recordings (default data/memory_diagnostics)."),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SCRIPT [ARGS...]]")
@click.pass_context
def monitor(
    ctx: click.Context,
    /,
    arguments: tuple[str, ...],
    module: bool,
    pid: int | None,
    python: Path | None,
    grace: float,
    output_dir: Path,
    **values: Any,
) -> int:
    """Return the bot's exit code."""
    watching = watching_from(values)
    terminal, failures = open_screen()
    target = _target(ctx, arguments, is_module=module, pid=pid)
    with ExitStack() as stack:
        try:
            is_python = pid is None and not target.command
            interpreter = choose_interpreter(target.script, python) if is_python else None
            listener = open_listener(watching, stack)
            if pid is None:
                command = _command(target, interpreter)
                bot: BotProcess | AttachedProcess = BotProcess.start(command, terminal, failures, grace_seconds=grace)
            else:
                bot = AttachedProcess(pid)
        except LauncherError as error:
            raise CommandError(str(error)) from error
        stack.enter_context(bot)
        if interpreter is not None:
            terminal.say(interpreter.description())
        say_where(watching, listener, terminal)
        try:
            vitals = OutsideVitals(bot.pid, failures, watching.role_rules)
        except GONE:  # it was quicker than we
            return cast(int, bot.wait())  # which ends only with it
        identity = identity_of(watching.service_name, os.environ, target.script)
        push = asked_push(watching, failures)
        publisher = Publisher(vitals.collectors(), Build("monitor"), identity, failures, listener=listener, push=push)
        stack.callback(publisher.stop)
        path = monitor_recording_path(output_dir, bot.pid, time.time())
        recorder = Recorder(path, failures, max_bytes=watching.output_max_bytes)
        recorder.begin()
        terminal.say(_("recording: {path}").format(path=path))
        show = ProcessOutput(None if watching.quiet else terminal, recorder, failures)
        exit_code = _watch(bot, vitals, watching.interval_seconds, show)
        if ending := _unusual_ending(bot, exit_code):
            terminal.say(ending)
        return exit_code
    raise AssertionError("unreachable: none of these contexts swallows an exception")


def _target(ctx: click.Context, arguments: tuple[str, ...], *, is_module: bool, pid: int | None) -> Target:
    if pid is None:
        return target_from(ctx, arguments, is_module=is_module, takes_command=True)
    if arguments or is_module:
        raise click.UsageError(_("--pid watches a process that runs: it takes no script"), ctx)
    return Target()


def _watch(
    bot: BotProcess | AttachedProcess, vitals: OutsideVitals, interval_seconds: float, show: ProcessOutput
) -> int:
    """Read and show the bot every interval until it has ended, and return its exit code."""
    schedule = Schedule(first_seconds=0.0)
    while (exit_code := bot.wait(schedule.remaining_seconds())) is None:
        if report := vitals.next_report():
            show(report)
        schedule.advance(interval_seconds)
    return exit_code


def _unusual_ending(bot: BotProcess | AttachedProcess, exit_code: int) -> str | None:
    """Return what is worth saying about the end of a bot that nobody here asked to stop, if anything."""
    if isinstance(bot, AttachedProcess):
        return None if bot.was_asked_to_stop else _("process {pid} has ended").format(pid=bot.pid)
    if exit_code == _KILLED and not bot.was_asked_to_stop:
        return _("the bot was killed (SIGKILL): out of memory?")
    return None


def _command(target: Target, interpreter: Interpreter | None) -> list[str]:
    """Return the command line that starts the bot."""
    if interpreter is None:
        return list(target.command)
    bot = ["-m", target.module] if target.module else [str(target.script)]
    return [str(interpreter.path), *bot, *target.arguments]
