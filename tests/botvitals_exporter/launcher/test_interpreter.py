import sys
from pathlib import Path

import pytest

from botvitals_exporter.launcher.errors import LauncherError
from botvitals_exporter.launcher.interpreter import Interpreter, choose_interpreter


def make_environment(folder: Path, name: str, program: str = "bin/python") -> Path:
    python = folder / name / program
    python.parent.mkdir(parents=True)
    python.touch(mode=0o755)
    return python


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path.resolve() / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "bot.py").touch()
    return project


def test_environment_beside_the_script_runs_it(project: Path) -> None:
    python = make_environment(project / "src", ".venv")
    make_environment(project, ".venv")
    assert choose_interpreter(project / "src" / "bot.py") == Interpreter(python, "environment")


def test_dot_venv_goes_before_venv(project: Path) -> None:
    make_environment(project / "src", "venv")
    python = make_environment(project / "src", ".venv")
    assert choose_interpreter(project / "src" / "bot.py").path == python


def test_nearer_venv_goes_before_a_dot_venv_further_up(project: Path) -> None:
    make_environment(project, ".venv")
    python = make_environment(project / "src", "venv")
    assert choose_interpreter(project / "src" / "bot.py").path == python


def test_environment_above_the_script_is_found(project: Path) -> None:
    python = make_environment(project, "venv")
    assert choose_interpreter(project / "src" / "bot.py").path == python


def test_package_looks_upwards_from_the_working_directory(project: Path) -> None:
    python = make_environment(project, ".venv")
    assert choose_interpreter(None, working_directory=project / "src").path == python


def test_windows_has_its_python_under_scripts(project: Path) -> None:
    make_environment(project, ".venv")
    python = make_environment(project, "venv", "Scripts/python.exe")
    assert choose_interpreter(project / "src" / "bot.py", windows=True).path == python


def test_environment_whose_python_is_gone_is_passed_over(project: Path) -> None:
    (project / "src" / ".venv" / "bin").mkdir(parents=True)
    (project / "src" / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    python = make_environment(project, "venv")
    assert choose_interpreter(project / "src" / "bot.py").path == python


def test_link_to_the_base_python_is_not_followed(project: Path) -> None:
    python = project / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert choose_interpreter(project / "src" / "bot.py").path == python


def test_linked_script_belongs_to_the_project_it_lies_in(project: Path, tmp_path: Path) -> None:
    python = make_environment(project, ".venv")
    link = tmp_path / "bot.py"
    link.symlink_to(project / "src" / "bot.py")
    assert choose_interpreter(link).path == python


def test_without_an_environment_the_running_python_is_taken(project: Path) -> None:
    chosen = choose_interpreter(project / "src" / "bot.py", running=Path("/opt/python"))
    assert chosen == Interpreter(Path("/opt/python"), "running")
    assert "/opt/python" in chosen.description()


def test_override_goes_before_all(project: Path) -> None:
    make_environment(project, ".venv")
    other = make_environment(project, "other")
    assert choose_interpreter(project / "src" / "bot.py", other) == Interpreter(other, "override")


def test_override_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LauncherError, match="there is no Python at /nowhere/python"):
        choose_interpreter(None, Path("/nowhere/python"))


def test_override_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match="is no program that can be run"):
        choose_interpreter(None, tmp_path)
