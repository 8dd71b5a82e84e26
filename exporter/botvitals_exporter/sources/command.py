"""A command line as a person is shown it."""

from collections.abc import Sequence

from botvitals.redaction import redact, redact_argv
from botvitals_exporter.sources.roles import base_name

_ARGUMENTS = 3
_LENGTH = 80
_LEFT_OUT = " ..."


def displayed_command(argv: Sequence[str]) -> str:
    """Return the program's base name and the next two arguments, free of secrets, in at most 80 characters.

    It ends in `...` where something was left out. What would move a terminal's cursor is shown as a blank.
    """
    if not argv:
        return ""
    shown = redact_argv(argv)[:_ARGUMENTS]
    shown[0] = base_name(shown[0])
    text = redact(" ".join("".join(c if c.isprintable() else " " for c in " ".join(shown)).split()))
    if len(argv) <= _ARGUMENTS and len(text) <= _LENGTH:
        return text
    return text[: _LENGTH - len(_LEFT_OUT)].rstrip() + _LEFT_OUT
