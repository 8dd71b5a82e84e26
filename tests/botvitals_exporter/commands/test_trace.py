import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from botvitals_exporter.commands.trace import trace
from support_language import speaking
from support_programs import BOTVITALS
from support_recorded_spans import a_night_of_a_bot


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return a_night_of_a_bot().write(tmp_path / "spans.jsonl")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(trace, ["--lang", "en", *map(str, arguments)])


def test_it_shows_the_slowest_and_the_averages(recording: Path) -> None:
    result = run(recording, "-t", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "#2 confirm_generation" in result.output
    assert "#3" not in result.output
    assert "Where the time went" in result.output
    assert "\x1b" not in result.output


def test_input_names_a_recording_like_an_argument_does(recording: Path) -> None:
    assert run("-i", recording).output == run(recording).output


def test_one_operation_can_be_asked_for(recording: Path) -> None:
    result = run(recording, "--operation", "photo_message")
    assert "#10 photo_message" in result.output
    assert "button_click" not in result.output


def test_lines_left_out_are_said_beside_the_page(recording: Path) -> None:
    with recording.open("a") as file:
        file.write('{"resourceSpans": [')
    result = run(recording)
    assert result.exit_code == 0
    assert result.stderr == f"botvitals: {recording}: left out 1 line that cannot be read\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name at least one .jsonl file"),
        (["a.jsonl", "--top", "0"], "'0' is not a whole number from 1"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_recording_that_cannot_be_read_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException) as raised:
        trace.main([str(tmp_path / "gone.jsonl"), "--lang", "en"], standalone_mode=False)
    assert raised.value.exit_code == 1
    assert raised.value.message == f"cannot read {tmp_path / 'gone.jsonl'}: there is no such file or folder"


def test_an_output_without_unicode_gets_the_whole_page(recording: Path) -> None:
    done = subprocess.run(
        [*BOTVITALS, "trace", "--lang", "en", str(recording)],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"####" in done.stdout
    assert b"?" not in done.stdout


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="there is no /dev/stdin here")
def test_a_pipe_is_read_like_a_file(recording: Path) -> None:
    command = [*BOTVITALS, "trace", "--lang", "en"]
    piped = subprocess.run([*command, "/dev/stdin"], input=recording.read_bytes(), capture_output=True, check=True)
    named = subprocess.run([*command, str(recording)], capture_output=True, check=True)
    assert piped.stdout == named.stdout


def test_a_reader_that_leaves_early_is_no_error(recording: Path) -> None:
    with subprocess.Popen(
        [*BOTVITALS, "trace", "--lang", "en", str(recording)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
