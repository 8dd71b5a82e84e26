"""The command lines of the old profiler script, as the verbs of today."""

from collections.abc import Sequence

_VERBS = {
    "-m": "monitor",
    "--monitor": "monitor",
    "-o": "objects",
    "--objects": "objects",
    "-v": "plot",
    "--visualize": "plot",
}


def with_verb(arguments: Sequence[str], verbs: Sequence[str]) -> list[str]:
    """Return `arguments` with the old script's mode (`-m`, `--objects`, …) replaced by today's verb, put first.

    The mode stands where a verb would: first, or after other options (`-i 5 -m`). Arguments that name one of `verbs`
    before any mode are today's, and stay as they are.
    """
    for position, argument in enumerate(arguments):
        if argument in verbs or argument == "--":
            break
        if argument in _VERBS:
            return [_VERBS[argument], *arguments[:position], *arguments[position + 1 :]]
    return list(arguments)
