import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from botvitals_exporter.plot import PlotError, PlotResult, plot_recordings
from support_language import speaking
from support_recordings import MB, START, heap_record, process_record, write_recording

Plot = Callable[..., PlotResult]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def plot(tmp_path: Path, said: list[str]) -> Plot:
    def draw(*paths: Path, output: str = "plot.svg", **options: Any) -> PlotResult:
        return plot_recordings(paths, output=tmp_path / output, report=said.append, **options)

    return draw


def growing(records: int = 20, names: Iterable[str] = ("dict", "str", "bot.Session")) -> list[dict[str, Any]]:
    sizes = {name: MB * (place + 1) for place, name in enumerate(names)}
    return [
        heap_record(number + 1, {name: size + MB * number for name, size in sizes.items()}) for number in range(records)
    ]


def run_python(program: str, folder: Path) -> str:
    """Run a program that has `plot_recordings` at hand in a process of its own, and return what it prints."""
    imports = (
        "import sys\nfrom pathlib import Path\nfrom botvitals_exporter.plot import *\n"
        "from botvitals_exporter.extras import MissingExtraError\n"
    )
    command = [sys.executable, "-c", imports + dedent(program)]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder).stdout


def test_a_recording_of_the_old_script_becomes_a_png_at_150_dpi(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    result = plot(write_recording(tmp_path / "data.txt.jsonl", growing()), output="plot.png")
    picture = (tmp_path / "plot.png").read_bytes()
    assert result == PlotResult(tmp_path / "plot.png", "type", lines=3, records=20, left_out=0)
    assert picture.startswith(b"\x89PNG")
    dots_a_metre = int.from_bytes(picture[picture.index(b"pHYs") + 4 :][:4], "big")
    assert round(dots_a_metre * 0.0254) == 150
    assert said == []


@pytest.mark.parametrize(
    ("ending", "start"), [(".png", b"\x89PNG"), (".PNG", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_the_ending_says_the_format_and_no_file_names_this_machine(
    tmp_path: Path, plot: Plot, ending: str, start: bytes
) -> None:
    plot(write_recording(tmp_path / "a.jsonl", growing()), output="plot" + ending)
    picture = (tmp_path / f"plot{ending}").read_bytes()
    assert picture.startswith(start)
    assert str(tmp_path).encode() not in picture
    assert os.path.expanduser("~").encode() + b"/" not in picture  # noqa: PTH111 - as text


def test_an_svg_is_whole(tmp_path: Path, plot: Plot) -> None:
    plot(write_recording(tmp_path / "a.jsonl", growing()))
    assert ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")


def test_another_ending_names_the_three(tmp_path: Path, plot: Plot) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.svg, \.pdf"):
        plot(tmp_path / "a.jsonl", output="plot.gif")


def test_no_lines_at_all_cannot_be_asked_for(tmp_path: Path, plot: Plot) -> None:
    with pytest.raises(ValueError, match="top"):
        plot(tmp_path / "a.jsonl", top=0)


def test_top_is_how_many_lines_are_drawn(tmp_path: Path, plot: Plot) -> None:
    assert plot(write_recording(tmp_path / "a.jsonl", growing()), top=2).lines == 2


def test_modules_are_drawn_when_asked_for(tmp_path: Path, plot: Plot) -> None:
    result = plot(write_recording(tmp_path / "a.jsonl", growing()), by="module", value="count")
    assert (result.by, result.lines) == ("module", 3)


def test_a_recording_of_monitor_is_drawn_by_process_unasked(tmp_path: Path, plot: Plot) -> None:
    records = [process_record(number, 50 * MB, [("chromadb", 1, 9 * MB)], limit=90 * MB) for number in range(9)]
    result = plot(write_recording(tmp_path / "a.jsonl", records))
    assert (result.by, result.lines, result.records) == ("process", 3, 9)


def test_a_recording_of_objects_is_drawn_by_type_unasked_and_by_process_when_asked(tmp_path: Path, plot: Plot) -> None:
    records = [{**heap, "process": process_record(1, MB)["process"]} for heap in growing()]
    path = write_recording(tmp_path / "a.jsonl", records)
    assert plot(path).by == "type"
    assert plot(path, by="process").by == "process"


def test_a_grouping_that_is_not_recorded_says_which_are(tmp_path: Path, plot: Plot) -> None:
    path = write_recording(tmp_path / "a.jsonl", [process_record(1, MB)])
    with pytest.raises(PlotError, match="nothing is recorded by module; try --by process"):
        plot(path, by="module")


def test_damaged_lines_are_left_out_and_counted(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    whole = growing(4)
    damaged = ["{", "\x00\x01", '{"timestamp": "soon"}', json.dumps(whole[0])[:50]]
    path = write_recording(tmp_path / "a.jsonl", [whole[0], *damaged, *whole[1:]])
    result = plot(path)
    assert (result.records, result.left_out) == (4, 4)
    assert said == [f"{path}: left out 4 lines that cannot be read"]


def test_a_recording_cut_off_by_a_crash_is_drawn_up_to_there(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    path = write_recording(tmp_path / "a.jsonl", growing(3))
    path.write_bytes(path.read_bytes()[:-40])
    assert plot(path).records == 2
    assert said == [f"{path}: left out 1 line that cannot be read"]


def test_an_unfinished_last_line_that_is_a_whole_record_counts(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    path = write_recording(tmp_path / "a.jsonl", growing(3))
    path.write_bytes(path.read_bytes()[:-1])
    assert plot(path).records == 3
    assert said == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read {path}: there is no such file or folder"),
        (b"", "{path} is empty"),
        (b"\n\n", "{path} is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "{path} is no recording: not one of its lines can be read"),
    ],
    ids=["missing", "empty", "blank", "binary"],
)
def test_a_recording_with_nothing_in_it_is_one_clear_line(
    tmp_path: Path, plot: Plot, said: list[str], content: bytes | None, message: str
) -> None:
    path = tmp_path / "a.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PlotError) as raised:
        plot(path)
    assert str(raised.value) == message.format(path=path)
    assert said == []
    assert not (tmp_path / "plot.svg").exists()


def test_the_text_beside_a_recording_names_the_recording(tmp_path: Path, plot: Plot) -> None:
    text = tmp_path / "data.txt"
    text.write_text("=====\n")
    recording = write_recording(tmp_path / "data.txt.jsonl", growing())
    with pytest.raises(PlotError) as raised:
        plot(text)
    assert str(raised.value) == f"{text} is the text, which cannot be drawn; the recording is {recording}"


def test_a_folder_is_no_recording(tmp_path: Path, plot: Plot) -> None:
    with pytest.raises(PlotError, match=r"cannot read .*: (it is a folder|that is not permitted)"):
        plot(tmp_path)


def test_the_other_files_are_drawn_where_one_is_missing(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    there = write_recording(tmp_path / "a.jsonl", growing())
    assert plot(tmp_path / "gone.jsonl", there).records == 20
    assert said == [f"cannot read {tmp_path / 'gone.jsonl'}: there is no such file or folder"]


def test_a_rotated_recording_and_its_successor_are_drawn_together(tmp_path: Path, plot: Plot, said: list[str]) -> None:
    records = growing(10)
    newer = write_recording(tmp_path / "a.jsonl", records[6:])
    older = write_recording(tmp_path / "a.jsonl.1", records[:6])
    assert plot(newer, older).records == 10
    assert said == []


@pytest.mark.parametrize(
    "records",
    [
        growing(1),
        [heap_record(number, {"dict": 0}) for number in range(3)],
        [heap_record(1, {"dict": 2**62, "str": 1})],
        growing(3, ["机器人.会话.消息", "bot.$x_1$", "emoji.😀", "\ue000", "a.b.c." * 40, "العربية"]),
        growing(2, [f"package.Class{number}" for number in range(60)]),
        [heap_record(1, {"dict": MB}), heap_record(2, {}), heap_record(3, {"dict": MB})],
        [heap_record(1, {"dict": MB}, start=START - timedelta(days=365 * 50)), heap_record(2, {"dict": MB})],
        [process_record(number, 50 * MB, [], limit=60 * MB) for number in range(3)],
    ],
    ids=["one point", "zeros", "huge", "odd names", "many lines", "lone points", "decades", "limit"],
)
def test_all_shapes_are_drawn_without_a_warning(
    tmp_path: Path, plot: Plot, caplog: pytest.LogCaptureFixture, records: list[dict[str, Any]]
) -> None:
    with speaking("zh"):
        result = plot(write_recording(tmp_path / "a.jsonl", records), output="plot.png", top=100)
    assert result.left_out == 0
    assert (tmp_path / "plot.png").stat().st_size > 10_000
    assert caplog.records == []


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path, plot: Plot) -> None:
    path = write_recording(tmp_path / "a.jsonl", growing())
    (tmp_path / "folder.png").mkdir()
    for output, reason in [("folder.png", "it is a folder"), ("none/plot.png", "there is no such file or folder")]:
        with pytest.raises(PlotError) as raised:
            plot(path, output=output)
        assert str(raised.value) == f"cannot write {tmp_path / output}: {reason}"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.jsonl", "folder.png"]


def test_a_full_disk_leaves_the_picture_that_was_there(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    write_recording(tmp_path / "a.jsonl", growing())
    output = tmp_path / "plot.png"
    output.write_bytes(b"before")
    # A picture takes more than 5 KB, and a file may take no more: as if the disk were full.
    said = run_python(
        """
        import resource, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        import botvitals_exporter.plot.figure  # matplotlib's own caches are written before
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        try:
            plot_recordings([Path("a.jsonl")], output=Path("plot.png"), report=print)
        except PlotError as error:
            print(error)
        """,
        tmp_path,
    )
    assert said == "cannot write plot.png: File too large\n"
    assert output.read_bytes() == b"before"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.jsonl", "plot.png"]


def test_through_a_link_the_picture_behind_it_is_replaced(tmp_path: Path, plot: Plot) -> None:
    path = write_recording(tmp_path / "a.jsonl", growing())
    (tmp_path / "real.svg").write_text("before")
    (tmp_path / "link.svg").symlink_to("real.svg")
    plot(path, output="link.svg")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<?xml")


@pytest.mark.parametrize("package", ["msgspec", "matplotlib", "numpy"])
def test_without_a_library_it_says_which_extra_brings_it(tmp_path: Path, package: str) -> None:
    said = run_python(
        f"""
        sys.modules[{package!r}] = None
        try:
            plot_recordings([Path("a.jsonl")], output=Path("plot.png"), report=print)
        except MissingExtraError as error:
            print(error)
        """,
        tmp_path,
    )
    assert said == f"{package} is not installed: pip install 'botvitals[plot]'\n"


def test_importing_the_package_brings_in_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("matplotlib", "numpy", "msgspec")
    assert run_python(f"print([name for name in {heavy} if name in sys.modules])", tmp_path) == "[]\n"


def test_nothing_of_the_whole_process_is_touched(tmp_path: Path) -> None:
    write_recording(tmp_path / "a.jsonl", growing())
    said = run_python(
        """
        import logging, matplotlib
        before = matplotlib.rcParams.copy(), logging.getLogger("matplotlib.font_manager").level
        plot_recordings([Path("a.jsonl")], output=Path("plot.png"), report=print)
        after = matplotlib.rcParams.copy(), logging.getLogger("matplotlib.font_manager").level
        print(before == after, "matplotlib.pyplot" in sys.modules)
        """,
        tmp_path,
    )
    assert said == "True False\n"
