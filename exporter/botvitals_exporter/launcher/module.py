"""Running a bot that is a package or module, as `python -m` does, in this very process."""

import os
import runpy
from collections.abc import Sequence

from botvitals_exporter.launcher.main_module import new_main, set_arguments, set_first_on_path
from botvitals_exporter.launcher.traceback_trim import BotTraceback


def run_module(name: str, arguments: Sequence[str]) -> None:
    """Run the package or module `name` as `python -m` does, with `arguments` after `sys.argv[0]`.

    Call it on the main thread as the last thing that the program does. It returns where the module's code ends; what
    that raises goes on upwards, to leave the interpreter with Python's own exit code and traceback.
    """
    with BotTraceback():
        set_arguments("-m", arguments)
        set_first_on_path(os.getcwd())  # noqa: PTH109 - a string is what sys.path takes
        new_main(__package__=None)
        # What `python -m` itself calls: its frames belong to the traceback that everybody knows.
        runpy._run_module_as_main(name)  # type: ignore[attr-defined] # private, and the very code of `python -m`
