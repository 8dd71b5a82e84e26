import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from botvitals_exporter.commands import botvitals
from botvitals_exporter.exporter import running_exporter
from support_commands import refused, run, write_bot
from support_language import speaking

WATCHING = ("monitor", "objects")
TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("BOTVITALS_LANG", "en")
    with speaking("en"):
        yield
    assert running_exporter() is None


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a bot that must never be run."""
    write_bot(tmp_path, "open('has_run', 'w').close()")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def bot_never_runs(folder: Path) -> Iterator[None]:
    yield
    assert [path.name for path in folder.iterdir()] == ["bot.py"]


@pytest.mark.parametrize("verb", WATCHING)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.py"], "there is no script gone.py"),
        (["."], ". is a folder: name the script in it"),
        (["x" * 5000 + ".py"], f"there is no script {'x' * 5000}.py"),
        (["--interval", "0", "bot.py"], "--interval/-i (BOTVITALS_INTERVAL): '0' is not a number of seconds above 0"),
        (["-i", "-3", "bot.py"], "--interval/-i (BOTVITALS_INTERVAL): '-3' is not a number of seconds above 0"),
        (["-i", "soon", "bot.py"], "--interval/-i (BOTVITALS_INTERVAL): 'soon' is not a number of seconds above 0"),
        (["-i", "nan", "bot.py"], "--interval/-i (BOTVITALS_INTERVAL): 'nan' is not a number of seconds above 0"),
        (["-i", "1e300", "bot.py"], "--interval/-i (BOTVITALS_INTERVAL): '1e300' is not a number of seconds above 0"),
        (["--port", "65536", "bot.py"], "--port (BOTVITALS_PORT): '65536' is not a whole number from 0 to 65535"),
        (["--port", "http", "bot.py"], "--port (BOTVITALS_PORT): 'http' is not a whole number from 0 to 65535"),
        (["--child-role", "db"], "--child-role (BOTVITALS_CHILD_ROLE): a role is given as NAME=REGEX, not as 'db'"),
        (["--output-max-size", "big"], "--output-max-size (BOTVITALS_OUTPUT_MAX_SIZE): 'big' is not a size such as"),
        (["-m"], "-m needs the name of a package"),
        (["--bogus", "bot.py"], "no such option: --bogus"),
        (["--interva", "3", "bot.py"], "no such option: --interva (did you mean --interval?)"),
        (["--lang", "xx", "bot.py"], "--lang: 'xx' is none of zh, en"),
        (["--port"], "--port takes a value"),
        (["--quiet=3", "bot.py"], "--quiet takes a value"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_line_and_exit_code_2(
    verb: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refused(capsys, verb, *arguments)
    assert code == 2
    assert line.startswith(message)


@pytest.mark.parametrize("verb", WATCHING)
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("BOTVITALS_INTERVAL", "0", "--interval/-i (BOTVITALS_INTERVAL): '0' is not a number of seconds above 0"),
        ("BOTVITALS_INTERVAL", "so", "--interval/-i (BOTVITALS_INTERVAL): 'so' is not a number of seconds above 0"),
        ("BOTVITALS_PORT", "-1", "--port (BOTVITALS_PORT): '-1' is not a whole number from 0 to 65535"),
        ("BOTVITALS_QUIET", "perhaps", "--quiet/-q (BOTVITALS_QUIET): 1 or 0, yes or no"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_called_by_its_name(
    verb: str, variable: str, value: str, message: str,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(variable, value)
    assert refused(capsys, verb, "bot.py") == (2, message)


@pytest.mark.parametrize("verb", WATCHING)
def test_a_variable_that_is_empty_counts_as_not_given(
    verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOTVITALS_INTERVAL", "")
    assert refused(capsys, verb, "gone.py") == (2, "there is no script gone.py")


@pytest.mark.parametrize("verb", WATCHING)
def test_a_port_in_use_is_exit_code_1_before_the_bot_starts(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(capsys, verb, "--port", str(port)) == (1, f"Port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize("verb", WATCHING)
@pytest.mark.parametrize("host", ["nosuch.invalid", "", "203.0.113.7"])
def test_an_address_that_is_not_of_this_machine_is_exit_code_1(
    verb: str, host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = refused(capsys, verb, "--host", host)
    assert code == 1
    assert line.startswith(f"Cannot listen on port 9464 of {host}")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["monitor", "--pid", "2147483647"], 1, "there is no process 2147483647"),
        (["monitor", "--pid", "0"], 2, "--pid (BOTVITALS_PID): '0' is not a whole number from 1 to 2147483647"),
        (["monitor", "--pid", "1", "bot.py"], 2, "--pid watches a process that runs: it takes no script"),
        (["monitor", "--pid", "1", "-m"], 2, "--pid watches a process that runs: it takes no script"),
        (["monitor", "--"], 2, "-- needs a command behind it"),
        (["monitor", "--", "no-such-program"], 1, "cannot start no-such-program: No such file or directory"),
        (["monitor", "--python", "/no/python"], 1, "there is no Python at /no/python"),
        (["monitor", "--grace", "0"], 2, "--grace (BOTVITALS_GRACE): '0' is not a number of seconds above 0"),
        (["objects", "--engine", "fast"], 2,
         "--engine (BOTVITALS_ENGINE): 'fast' is none of auto, snapshot, inline, pympler"),
        (["objects", "-l", "0"], 2,
         "--object-limit/-l (BOTVITALS_OBJECT_LIMIT): '0' is not a whole number from 1 to 1000000"),
        (["objects", "-m", "no_such_package"], 2, "there is no module no_such_package"),
        (["objects", "-m", "bot.py"], 2, "bot.py is a file: -m takes a module's name (bot)"),
        (["plot"], 2, "which recording? Name at least one .jsonl file"),
        (["plot", "--top", "0", "a.jsonl"], 2, "--top/-t (BOTVITALS_TOP): '0' is not a whole number from 1 to 1000000"),
        (["bot.py"], 2, f"no such command: bot.py (there are {', '.join(botvitals.commands)})"),
        (["--bogus"], 2, "no such option: --bogus"),
        (["-m", "-i", "0"], 2, "--interval/-i (BOTVITALS_INTERVAL): '0' is not a number of seconds above 0"),
    ],
)  # fmt: skip
def test_what_a_user_can_mend_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, *arguments) == (code, message)


def test_pympler_that_is_not_installed_is_one_line_that_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pympler", None)
    line = "pympler is not installed: pip install 'botvitals[pympler]'"
    assert refused(capsys, "objects", "--engine", "pympler") == (1, line)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["monitor", "--lang", "zh", "gone.py"], "找不到脚本 gone.py"),
        (["--lang", "zh", "monitor", "gone.py"], "找不到脚本 gone.py"),
        (["monitor", "--lang=zh", "--bogus"], "没有这个选项：--bogus"),
        (["--lang=zh", "nosuch"], "没有这个命令：nosuch"),
        (["objects", "--lang", "zh", "-i", "0"], "“0”不是大于 0 的秒数"),
    ],
)
def test_it_is_said_in_the_language_asked_for(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = refused(capsys, *arguments)
    assert code == 2
    assert line in said


def test_a_secret_in_a_wrong_place_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "monitor", TOKEN)
    assert code == 2
    assert TOKEN not in line
    assert line.startswith("there is no script")


def test_the_program_itself_ends_so_without_a_traceback(folder: Path) -> None:
    ended = run(folder, "monitor", "gone.py")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "botvitals: there is no script gone.py\n"
