"""What several tests of the census share."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from botvitals_exporter.readings import TypeCount
from botvitals_exporter.sources.census.names import type_name

PACKAGES = Path(__file__).parent.parent
CORE = PACKAGES / "exporter/botvitals_exporter/sources/census/_native.c"
KERNEL_FILES = PACKAGES / "exporter/botvitals_exporter/sources/_kernel_files.c"


def objects_of(kind: type, types: Iterable[TypeCount]) -> int:
    """Return how many objects of `kind` were counted."""
    return sum(count.objects for count in types if count.name == type_name(kind))


def interpreters() -> list[str]:
    """Return the running interpreter and whatever other supported CPython is installed."""
    found = {sys.version_info[:2]: sys.executable}
    for minor in range(11, 15):
        name = f"python3.{minor}"
        program = shutil.which(name)
        if program and (3, minor) not in found and _works(program, minor):
            found[3, minor] = program
    return [found[version] for version in sorted(found)]


def build_extension(source: Path, interpreter: str, folder: Path) -> None:
    """Compile an extension for `interpreter` into `folder`, as an installation does, but with every warning on.

    CENSUS_CFLAGS in the environment adds to the compiler's options: make sanitize sets it.
    """
    asked = "import json, sysconfig as s; print(json.dumps([s.get_path('include'), s.get_config_var('EXT_SUFFIX')]))"
    version = Path(interpreter).name.removeprefix("python")
    answer = subprocess.run(
        [interpreter, "-c", asked], capture_output=True, text=True, env=_environment(version), check=True
    )
    headers, suffix = json.loads(answer.stdout)
    flags = ["-std=c11", "-O3", "-shared", "-fPIC", "-Wall", "-Wextra", "-Wno-cast-function-type", "-Werror"]
    target = folder / f"{source.stem}{suffix}"
    flags += os.environ.get("CENSUS_CFLAGS", "").split()
    of_cc = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # it needs no sanitizer itself
    subprocess.run(["cc", *flags, f"-isystem{headers}", str(source), "-o", str(target)], env=of_cc, check=True)


def run_script(
    interpreter: str, script: Path, *options: str, arguments: Iterable[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `script` with an interpreter that need not have botvitals installed."""
    version = Path(interpreter).name.removeprefix("python")
    return subprocess.run(
        [interpreter, *options, str(script), str(PACKAGES), *arguments],
        capture_output=True,
        text=True,
        env=_environment(version),
        check=False,
    )


def _works(program: str, minor: int) -> bool:
    code = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
    answer = subprocess.run(
        [program, "-c", code], capture_output=True, text=True, env=_environment(f"3.{minor}"), check=False
    )
    return answer.stdout.split() == ["cpython", "3", str(minor)]


def _environment(version: str) -> dict[str, str]:
    # pyenv's stand-ins for the interpreters run the version that this names.
    return {**os.environ, **({"PYENV_VERSION": version} if version.startswith("3.") else {})}
