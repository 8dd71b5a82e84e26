"""Running a measuring program and reading what it prints."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[1]


class MeasuringError(Exception):
    """The program failed; the message says why in one line."""


def run_json(module: str, *arguments: object) -> dict[str, Any]:
    """Run `module` in a process of its own and return the JSON that it printed. Raises MeasuringError."""
    ran = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=_FOLDER,
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode < 0:
        raise MeasuringError(f"died of signal {-ran.returncode}")
    if ran.returncode:
        said = ran.stderr.strip().splitlines()
        raise MeasuringError(said[-1] if said else f"exit code {ran.returncode}")
    sys.stderr.write(ran.stderr)  # such as why a census was skipped
    result: dict[str, Any] = json.loads(ran.stdout)
    return result
