"""Errors that a user can mend: one line on stderr and an exit code."""

import click

from botvitals.language import gettext as _
from botvitals.redaction import redact


class CommandError(click.ClickException):
    """What the world, not the command line, got wrong: exit code 1."""


def one_line(error: click.ClickException) -> str:
    """Return what `error` says in one line, free of secrets, in the language in use where click's text is English."""
    match error:
        case click.NoSuchOption(possibilities=[closest, *_others]):
            text = _("no such option: {option} (did you mean {closest}?)").format(
                option=error.option_name, closest=closest
            )
        case click.NoSuchOption():
            text = _("no such option: {option}").format(option=error.option_name)
        case click.BadOptionUsage():
            text = _("{option} takes a value where it was given none, or none where it was given one").format(
                option=error.option_name
            )
        case click.BadParameter(param=click.Option(is_flag=True) as option):
            yes_or_no = _("1 or 0, yes or no")
            text = f"{_names(option)}: {yes_or_no}"
        case click.BadParameter(param=click.Parameter() as parameter):
            text = f"{_names(parameter)}: {error.message}"
        case _:
            text = error.format_message()
    return redact(" ".join(text.split()))


def _names(parameter: click.Parameter) -> str:
    names = "/".join(sorted(parameter.opts, key=len, reverse=True))
    environment = parameter.envvar if isinstance(parameter.envvar, str) else None
    return f"{names} ({environment})" if environment else names
