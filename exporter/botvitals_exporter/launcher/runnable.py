"""Whether a script or module can be run at all, asked before anything starts and without running any of it."""

import importlib.util
import os
import stat
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from botvitals.language import gettext as _
from botvitals_exporter.launcher.main_module import set_first_on_path


class NotRunnableError(Exception):
    """What was asked for cannot be run; the text is one line in the language in use, for the person who asked."""


def check_script(script: str | os.PathLike[str]) -> None:
    """Raise NotRunnableError where `script` is missing, is a folder or may not be read."""
    path = Path(script)
    try:
        mode = path.stat().st_mode
    except PermissionError:
        mode = None
    except OSError as error:  # or its name is too long, or its links go round in a circle
        raise NotRunnableError(_("there is no script {script}").format(script=path)) from error
    if mode is not None and stat.S_ISDIR(mode):
        raise NotRunnableError(_("{script} is a folder: name the script in it").format(script=path))
    if mode is None or not os.access(path, os.R_OK):
        raise NotRunnableError(_("the script {script} may not be read").format(script=path))


def check_module(name: str) -> None:
    """Raise NotRunnableError where `python -m NAME` could not run it in the working directory.

    A parent package's own code could add to where one looks (`__path__`): what is not found below one is left to the
    run.
    """
    if name.endswith(".py"):
        raise NotRunnableError(
            _("{name} is a file: -m takes a module's name ({module})").format(name=name, module=name[:-3])
        )
    top, *below = name.split(".")
    spec = _find_top(top) if top else None
    for part in below:
        if spec is None:
            break
        parent, spec = spec, _find_below(spec, part)
        if spec is None and parent.submodule_search_locations is not None and parent.loader is not None:
            return
    if spec is None:
        raise NotRunnableError(_("there is no module {name}").format(name=name))
    if spec.submodule_search_locations is not None and _find_below(spec, "__main__") is None:
        raise NotRunnableError(_("the package {name} has no __main__.py to run").format(name=name))


def _find_top(name: str) -> ModuleSpec | None:
    path_before = sys.path[:]
    set_first_on_path(os.getcwd())  # noqa: PTH109 - a string is what sys.path takes
    try:
        return importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    finally:
        sys.path[:] = path_before


def _find_below(package: ModuleSpec, name: str) -> ModuleSpec | None:
    locations = package.submodule_search_locations
    return None if locations is None else PathFinder.find_spec(f"{package.name}.{name}", list(locations))
