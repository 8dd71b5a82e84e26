"""The commands as a person runs them: in this process where they end at once, else as a program of their own."""

import os
import subprocess
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from botvitals_exporter.commands import main
from support_programs import BOTVITALS


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command that must end with one line on stderr and nothing else; return its exit code and that line."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert captured.err.startswith("botvitals: ")
    assert isinstance(left.value.code, int)
    return left.value.code, captured.err.removeprefix("botvitals: ").rstrip("\n")


def write_bot(folder: Path, code: str, name: str = "bot.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    return path


def environment(**more: str) -> dict[str, str]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("BOTVITALS_", "OTEL_"))}
    return {**ours, "BOTVITALS_LANG": "en", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8", **more}


def run(folder: Path, *arguments: str, stdin: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run `botvitals` in `folder` to its end."""
    return subprocess.run(
        [*BOTVITALS, *arguments],
        cwd=folder,
        env=environment(**variables),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


@contextmanager
def started(folder: Path, *arguments: str, **variables: str) -> "Iterator[subprocess.Popen[str]]":
    """Run `botvitals` in `folder` for as long as the block lasts, at most."""
    with subprocess.Popen(
        [*BOTVITALS, *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()
