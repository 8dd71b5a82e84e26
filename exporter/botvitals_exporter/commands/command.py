"""What every verb shares: the language chosen first, translated help, options from the environment."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import click

from botvitals.language import LANGUAGES, choose_language, mark, use_language, use_log_language
from botvitals.language import gettext as _
from botvitals_exporter.commands.types import OneOf

_LANGUAGE_KEY = "botvitals.language"
_SEPARATED_KEY = "botvitals.separated"

# click's own headings, which come through `_` when they are shown.
_HEADINGS = (mark("Commands"), mark("Options"))


class Formatter(click.HelpFormatter):
    """Help in the language in use, where click's own headings are English."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how to call."""
        super().write_usage(prog, args, prefix or _("Usage: "))

    def write_heading(self, heading: str) -> None:
        """Write a section's heading."""
        super().write_heading(_(heading))


class Context(click.Context):
    """A context whose help is laid out by our formatter."""

    formatter_class = Formatter


class Option(click.Option):
    """An option that can come from the environment as BOTVITALS_<NAME>, with help in the language in use."""

    def __init__(self, *args: Any, from_environment: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if from_environment and self.name:
            self.envvar = f"BOTVITALS_{self.name.upper()}"

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's names and its help, translated when it is shown."""
        record = super().get_help_record(ctx)
        return record and (record[0], _(self.help) if self.help else "")


class _Spoken(click.Command):
    """A command that speaks the language chosen and whose help ends with examples that work when pasted."""

    context_class = Context

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs["add_help_option"] = False
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params += [_language_option(), _help_option()]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Choose the language before anything that speaks it: help, and what is wrong with `args`."""
        try:
            asked = self.make_parser(ctx).parse_args(list(args))[0].get("lang")
        except click.UsageError:
            # The real parse says what is wrong; for the language of that, the word after --lang is the best sign.
            asked = next((after for before, after in pairwise("=".join(args).split("=")) if before == "--lang"), None)
        ctx.meta[_LANGUAGE_KEY] = asked or ctx.meta.get(_LANGUAGE_KEY)
        use_language(choose_language(ctx.meta[_LANGUAGE_KEY]))
        use_log_language(ctx.meta[_LANGUAGE_KEY])
        return super().parse_args(ctx, args)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_(self.help) if self.help else "")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, one a line and never wrapped."""
        formatter.write_paragraph()
        formatter.write(_("Examples:") + "\n")
        for example in self.examples:
            formatter.write(f"  {example}\n")


class Command(_Spoken):
    """A verb. All that follows its first argument is that argument's own."""

    allow_interspersed_args = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and note whether `--` ended our options."""
        given = list(args)
        rest = super().parse_args(ctx, args)
        arguments: Sequence[str] = ctx.params.get("arguments") or ()
        ctx.meta[_SEPARATED_KEY] = given[: len(given) - len(arguments)][-1:] == ["--"]
        return rest


class Group(_Spoken, click.Group):
    """The command line as a whole."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the verb that `args` name, and what is left for it; click's own text for no such verb is English."""
        if args[0] not in self.commands:
            text = _("no such command: {command} (there are {verbs})")
            ctx.fail(text.format(command=args[0], verbs=", ".join(self.commands)))
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs, then the options: who asks for help is looking for a verb."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _(command.get_short_help_str())) for name, command in self.commands.items()])
        click.Command.format_options(self, ctx, formatter)


def is_separated(ctx: click.Context) -> bool:
    """Whether `--` stood between our options and the arguments."""
    return bool(ctx.meta[_SEPARATED_KEY])


def _help_option() -> Option:
    def show(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()

    return Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=mark("Show this and exit."),
        from_environment=False,
    )


def _language_option() -> Option:
    return Option(
        ["--lang"],
        type=OneOf(LANGUAGES),
        expose_value=False,
        help=mark("Language of what people read (else BOTVITALS_LANG, else the locale)."),
        # `choose_language` reads BOTVITALS_LANG itself, and takes one that it does not know for not given.
        from_environment=False,
    )
