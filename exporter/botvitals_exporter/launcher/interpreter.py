"""Which Python runs the bot: the one of its own virtual environment, where there is one."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from botvitals.language import gettext as _
from botvitals_exporter.launcher.errors import LauncherError

Origin = Literal["override", "environment", "running"]
_ENVIRONMENT_FOLDERS = (".venv", "venv")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python to run the bot with: `path` is absolute, `origin` tells why it was chosen."""

    path: Path
    origin: Origin

    def description(self) -> str:
        """Return one line for a person that says which Python this is."""
        texts = {
            "override": _("Python as given: {path}"),
            "environment": _("Python of the project's virtual environment: {path}"),
            "running": _("No virtual environment found, running with this Python: {path}"),
        }
        return texts[self.origin].format(path=self.path)


def choose_interpreter(
    script: Path | None,
    override: Path | None = None,
    *,
    working_directory: Path | None = None,
    running: Path | None = None,
    windows: bool = sys.platform == "win32",
) -> Interpreter:
    """Return `override`, else the Python of the virtual environment nearest to the bot, else the one that runs us.

    The environment is `.venv`, then `venv`, in the folder of `script` (in `working_directory` where the bot is a
    package and `script` is None), then in each folder above it. The script's folder is the one that Python itself would
    put on the path: symbolic links are followed. The environment's own links are not, since only through them does
    Python know that it runs in one.

    Raises `LauncherError` where `override` is no program that can be run.
    """
    if override is not None:
        return Interpreter(_checked(override), "override")
    folder = (script.resolve().parent if script else working_directory) or Path.cwd()
    for place in (folder.absolute(), *folder.absolute().parents):
        for name in _ENVIRONMENT_FOLDERS:
            python = place / name / ("Scripts/python.exe" if windows else "bin/python")
            if _is_program(python):
                return Interpreter(python, "environment")
    return Interpreter(running or Path(sys.executable), "running")


def _checked(override: Path) -> Path:
    found = shutil.which(str(override))
    if found is not None:
        return Path(found).absolute()
    if not override.exists():
        raise LauncherError(_("there is no Python at {path}").format(path=override))
    raise LauncherError(_("{path} is no program that can be run").format(path=override))


def _is_program(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except OSError:  # a folder on the way up that may not be looked into
        return False
