"""What cannot be run is said in one line before anything starts."""

import os
import sys
from pathlib import Path

import pytest

from botvitals_exporter.launcher.runnable import NotRunnableError, check_module, check_script
from support_launched import write


def test_a_script_that_is_there_passes(tmp_path: Path) -> None:
    write(tmp_path, bot="raise RuntimeError('never run')")
    check_script(tmp_path / "bot.py")


def test_a_missing_script_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotRunnableError, match=r"^there is no script .*bot\.py$"):
        check_script(tmp_path / "bot.py")
    write(tmp_path, __main__="")
    with pytest.raises(NotRunnableError, match=f"^{tmp_path} is a folder: name the script in it$"):
        check_script(tmp_path)


def test_a_script_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, bot="")
    (tmp_path / "bot.py").chmod(0)
    # Root may read everything; this is what everybody else is told.
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.R_OK)
    with pytest.raises(NotRunnableError, match="may not be read"):
        check_script(tmp_path / "bot.py")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("checked_bot", "checked_bot/below", "checked_namespace"):
        (tmp_path / folder).mkdir()
    code = "raise RuntimeError('never run')"
    write(tmp_path / "checked_bot", __init__=code, __main__=code, inner=code)
    write(tmp_path / "checked_bot" / "below", __init__=code)
    write(tmp_path / "checked_namespace", inner=code)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["checked_bot", "checked_bot.inner", "checked_namespace.inner", "timeit", "json.tool"])
def test_a_module_that_is_there_passes_and_is_not_imported(package: Path, name: str) -> None:
    path_before = sys.path[:]
    check_module(name)
    assert sys.path == path_before
    assert "checked_bot" not in sys.modules


def test_what_only_a_packages_own_code_could_find_is_left_to_the_run(package: Path) -> None:
    check_module("checked_bot.made_by_its_init")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nowhere_to_be_found", "there is no module nowhere_to_be_found"),
        ("nowhere_to_be_found.inner", "there is no module nowhere_to_be_found.inner"),
        ("checked_namespace.nowhere", "there is no module checked_namespace.nowhere"),
        ("timeit.inner", "there is no module timeit.inner"),
        ("", "there is no module "),
        (".relative", "there is no module .relative"),
        ("checked_bot.below", "the package checked_bot.below has no __main__.py to run"),
        ("checked_namespace", "the package checked_namespace has no __main__.py to run"),
        ("bot.py", "bot.py is a file: -m takes a module's name (bot)"),
    ],
)
def test_a_module_that_cannot_be_run_is_named(package: Path, name: str, text: str) -> None:
    with pytest.raises(NotRunnableError) as caught:
        check_module(name)
    assert str(caught.value) == text
