"""The interpreter, set up for the bot as `python` itself would: `sys.argv`, `sys.path[0]` and `__main__`."""

import builtins
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_OUR_FOLDER = Path(__file__).parents[2]


def set_arguments(first: str, arguments: Sequence[str]) -> None:
    """Make `sys.argv` the bot's, in place, so that who holds the list sees it too."""
    sys.argv[:] = [first, *arguments]


def set_first_on_path(folder: str) -> None:
    """Put `folder` where Python puts a script's: first on `sys.path`, in place of what started us.

    What started us stays where botvitals itself is imported from it. With `-P` or PYTHONSAFEPATH Python puts no folder
    there: the user's PYTHONSAFEPATH holds for the bot, a `-P` in the first line of our own program does not.
    """
    if sys.flags.safe_path and os.environ.get("PYTHONSAFEPATH"):
        return
    if not sys.flags.safe_path and sys.path and Path(sys.path[0]).resolve() != _OUR_FOLDER:
        sys.path[0] = folder
    else:
        sys.path.insert(0, folder)


def new_main(**attributes: Any) -> ModuleType:
    """Make a module of the attributes that Python's `__main__` begins with, and of `attributes`, the `__main__`.

    It stays in `sys.modules` after the bot's last line: its threads, `atexit` and pickles go on using it.
    """
    module = ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    if sys.version_info < (3, 14):
        attributes["__annotations__"] = {}
    module.__dict__.update(attributes)
    sys.modules["__main__"] = module
    return module


def execute(code: CodeType, module: ModuleType) -> None:
    """Run `code` as the top level of `module`."""
    exec(code, module.__dict__)  # noqa: S102 - running the bot's code is what the launcher is for
