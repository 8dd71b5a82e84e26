from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from botvitals_exporter.commands.plot import plot
from support_language import speaking
from support_recordings import MB, heap_record, write_recording


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    with speaking("en"):
        yield


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_recording(tmp_path / "data.txt.jsonl", [heap_record(number, {"dict": MB}) for number in range(1, 4)])


def run(*arguments: object) -> Result:
    return CliRunner().invoke(plot, ["--lang", "en", *map(str, arguments)])


def test_options_may_stand_before_and_behind_the_recordings(recording: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a.svg"
    result = run("-t", "3", recording, "--plot-output", picture)
    assert (result.exit_code, result.output) == (0, f"wrote {picture} (lines: 1, records: 3)\n")
    assert picture.exists()


def test_input_names_a_recording_like_an_argument_does(recording: Path, tmp_path: Path) -> None:
    result = run("--input", recording, "-i", recording, "--plot-output", tmp_path / "a.svg")
    assert result.output.endswith("records: 6)\n")


def test_the_picture_is_memory_analysis_plot_png_where_no_other_is_named(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(recording).exit_code == 0
    assert (tmp_path / "memory_analysis_plot.png").exists()


def test_it_speaks_chinese_when_asked(recording: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(plot, ["--lang", "zh", str(recording), "--plot-output", str(tmp_path / "a.svg")])
    assert result.output == f"已写入 {tmp_path / 'a.svg'}（曲线 1 条，记录 3 条）\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name at least one .jsonl file"),
        (["a.jsonl", "--top", "0"], "'0' is not a whole number from 1"),
        (["a.jsonl", "--top", "many"], "'many' is not a whole number from 1"),
        (["a.jsonl", "--plot-output", "a.gif"], "'a.gif' must end in one of .png, .svg, .pdf"),
        (["a.jsonl", "--by", "thread"], "'thread' is none of type, module, process"),
        (["a.jsonl", "--value", "grams"], "'grams' is none of bytes, count"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_says_what_is_wrong(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_a_recording_that_cannot_be_read_is_one_line_and_exit_code_1(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException) as raised:
        plot.main([str(tmp_path / "gone.jsonl"), "--lang", "en"], standalone_mode=False)
    assert raised.value.exit_code == 1
    assert raised.value.message == f"cannot read {tmp_path / 'gone.jsonl'}: there is no such file or folder"


def test_lines_left_out_are_said_beside_the_picture(recording: Path, tmp_path: Path) -> None:
    with recording.open("a") as file:
        file.write('{"timestamp": "2026-11-')
    result = run(recording, "--plot-output", tmp_path / "a.svg")
    assert result.exit_code == 0
    assert result.stderr == f"botvitals: {recording}: left out 1 line that cannot be read\n"
