"""The options that both watching verbs take, and what the arguments after them mean."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.commands.command import Option, is_separated
from botvitals_exporter.commands.types import Seconds, Size, WholeNumber
from botvitals_exporter.launcher.runnable import NotRunnableError, check_script
from botvitals_exporter.sources.roles import RoleRule, parse_role_rule

DEFAULT_SCRIPT = "bot.py"
DEFAULT_MAX_BYTES = 1024**3

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


@dataclass(frozen=True)
class Watching:
    """The options that both watching verbs take; `port` is None where none was asked for."""

    interval_seconds: float
    host: str
    port: int | None
    serves_metrics: bool
    pushes_metrics: bool
    quiet: bool
    service_name: str | None
    role_rules: tuple[RoleRule, ...]
    output_max_bytes: int


@dataclass(frozen=True)
class Target:
    """The bot as the command line names it: a script, a package (`-m`), or any command after `--`."""

    script: Path | None = None
    module: str = ""
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


def watching_options(function: AnyFunction) -> AnyFunction:
    """Add the options of both watching verbs; `watching_from` makes a `Watching` of their values."""
    for option in reversed(_WATCHING_OPTIONS):
        function = option(function)
    return function


def watching_from(values: dict[str, Any]) -> Watching:
    """Return the values of `watching_options` as one."""
    return Watching(
        interval_seconds=values["interval"],
        host=values["host"],
        port=values["port"],
        serves_metrics=not values["no_metrics"],
        pushes_metrics=values["otlp_metrics"],
        quiet=values["quiet"],
        service_name=values["service_name"],
        role_rules=values["child_role"],
        output_max_bytes=values["output_max_size"],
    )


def target_from(ctx: click.Context, arguments: tuple[str, ...], *, is_module: bool, takes_command: bool) -> Target:
    """Return what `arguments` name: the script and its arguments, with `-m` a package, after `--` any command.

    Raises click.UsageError where there is no such script.
    """
    if is_module:
        if not arguments:
            raise click.UsageError(_("-m needs the name of a package"), ctx)
        return Target(module=arguments[0], arguments=arguments[1:])
    if takes_command and is_separated(ctx):
        if not arguments:
            raise click.UsageError(_("-- needs a command behind it"), ctx)
        return Target(command=arguments)
    script, *rest = arguments or (DEFAULT_SCRIPT,)
    try:
        check_script(script)
    except NotRunnableError as error:
        raise click.UsageError(str(error), ctx) from error
    return Target(script=Path(script), arguments=tuple(rest))


def _role_rules(ctx: click.Context, parameter: click.Parameter, rules: tuple[str, ...]) -> tuple[RoleRule, ...]:
    try:
        return tuple(map(parse_role_rule, rules))
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, parameter) from None


_WATCHING_OPTIONS = (
    click.option(
        "-m",
        "--module",
        cls=Option,
        is_flag=True,
        from_environment=False,
        help=mark("The bot is a package, run as python -m runs it."),
    ),
    click.option(
        "-i",
        "--interval",
        cls=Option,
        type=Seconds(),
        default=10.0,
        help=mark("Seconds between readings (default 10)."),
    ),
    click.option(
        "--host",
        cls=Option,
        default="127.0.0.1",
        help=mark("Address to serve /metrics on (default 127.0.0.1)."),
    ),
    click.option(
        "--port",
        cls=Option,
        type=WholeNumber(0, 65535),
        help=mark("Port to serve /metrics on (default 9464, or the next free one; 0: any free one)."),
    ),
    click.option("--no-metrics", cls=Option, is_flag=True, help=mark("Do not serve /metrics.")),
    click.option(
        "--otlp-metrics",
        cls=Option,
        is_flag=True,
        help=mark("Push the metrics to OTEL_EXPORTER_OTLP_ENDPOINT as well (so does OTEL_METRICS_EXPORTER=otlp)."),
    ),
    click.option("-q", "--quiet", cls=Option, is_flag=True, help=mark("Show no blocks on the screen.")),
    click.option(
        "--service-name",
        cls=Option,
        help=mark("What the bot is called (else OTEL_SERVICE_NAME, else its folder)."),
    ),
    click.option(
        "--child-role",
        cls=Option,
        multiple=True,
        metavar="NAME=REGEX",
        callback=_role_rules,
        help=mark("Call children whose command line matches REGEX by this name (repeatable)."),
    ),
    click.option(
        "--output-max-size",
        cls=Option,
        type=Size(),
        default=str(DEFAULT_MAX_BYTES),
        metavar="SIZE",
        help=mark("A recording of this size is renamed to end in .1 and begun anew (default 1GB)."),
    ),
)
