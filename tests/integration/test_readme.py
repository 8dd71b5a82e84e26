"""The README is part of the product: its commands run here as they stand, and what they show is what it shows."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from botvitals_exporter.metrics_table import metrics_table
from support_language import speaking
from support_programs import eventually

ROOT = Path(__file__).parents[2]
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
# `make test` runs this very test; CI installs the wheel with its extra (.ci/wheel); without a Docker engine, two files
# called test_compose.py look at the compose files and run the servers that they configure.
RUN_ELSEWHERE = {"make test", "pip install '.[plot]'", "docker compose up"}
# Where a watching command has shown what the README shows of it, it gets its Ctrl+C.
LAST_WORDS = {
    "monitor": r"stand_ins .*?={80}",
    "objects": r"#1 .*?\n📊[^\n]*\n={80}",
    "owners": r"🏠.*?🧵",
    "leak": r"ChatMessage'>.*?\n📊[^\n]*\n={80}",
}


def blocks(language: str) -> list[tuple[str, str]]:
    """Return each command of the README with what it shows."""
    found = []
    for console in CONSOLE.findall(READMES[language].read_text()):
        for block in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
            command, _, shown = block.partition("\n")
            found.append((command, shown.strip("\n")))
    return found


def shown_by(language: str, beginning: str) -> tuple[str, str]:
    [block] = [block for block in blocks(language) if block[0].startswith(beginning)]
    return block


def shape(output: str) -> list[str]:
    """Return the lines of `output` without what differs from run to run: numbers, paths, spacing."""
    lines = [re.sub(r"\S*/\S+", "PATH", line) for line in output.splitlines()]
    lines = [re.sub(r"[-+]?\d[\d.,:]*(e[+-]?\d+)?", "N", line) for line in lines]
    return [" ".join(line.split()) for line in lines if line.strip()]


@pytest.fixture
def demo() -> Iterator[Path]:
    """Return a copy of the demo bot's folder, where it finds its virtual environment as it does in the clone."""
    # Not pytest's own folder: its path is so long that a command line would be cut.
    with TemporaryDirectory() as parent:
        folder = Path(shutil.copytree(ROOT / "examples" / "demo_bot", Path(parent) / "demo_bot"))
        (folder / ".venv").symlink_to(sys.prefix)
        yield folder


def environment(language: str) -> dict[str, str]:
    program = Path(sys.executable).parent
    return {**os.environ, "BOTVITALS_LANG": language, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}


def run(command: str, folder: Path, language: str) -> str:
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment(language),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def watch(command: str, folder: Path, language: str, last_words: str, meanwhile: str = "true") -> tuple[str, str]:
    """Run a watching `command` until it has shown `last_words`; return what it and `meanwhile` beside it showed."""
    log = folder / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=folder,
            env=environment(language),
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process,
    ):
        try:
            eventually(lambda: re.search(last_words, log.read_text(), re.DOTALL), f"{command} shows {last_words}")
            beside = run(meanwhile, folder, language)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(20)
    return log.read_text(), beside


def assert_shows(shown: str, output: str) -> None:
    real = shape(output)
    # A slow machine stretches the interval and says so; a fast one does not.
    expected = [line for line in shape(shown) if "--fixed-interval" not in line]
    assert [line for line in expected if line not in real] == [], output


@pytest.mark.parametrize("language", READMES)
def test_monitor_shows_what_the_readme_shows(language: str, demo: Path) -> None:
    command, shown = shown_by(language, "botvitals monitor")
    output, _ = watch(command, demo, language, LAST_WORDS["monitor"])
    assert_shows(shown, output)


@pytest.mark.parametrize("language", READMES)
def test_objects_metrics_and_plot_show_what_the_readme_shows(language: str, demo: Path) -> None:
    objects, block = shown_by(language, "botvitals objects --object-limit")
    curl, metrics = shown_by(language, "curl")
    output, beside = watch(objects, demo, language, LAST_WORDS["leak"], meanwhile=curl)
    assert_shows(block, output)
    assert_shows(metrics, beside)
    plot, said = shown_by(language, "botvitals plot")
    assert_shows(said, run(plot, demo, language))
    assert (demo / "memory_analysis_plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("language", READMES)
def test_owners_show_what_the_readme_shows(language: str, demo: Path) -> None:
    command, shown = shown_by(language, "botvitals objects --owners")
    output, _ = watch(command, demo, language, LAST_WORDS["owners"])
    assert_shows(shown, output)


@pytest.mark.parametrize("language", READMES)
def test_spans_and_trace_show_what_the_readme_shows(language: str, demo: Path) -> None:
    objects, shown = shown_by(language, "botvitals objects --quiet")
    webhook_called_back = "until grep -q deliver_image spans.jsonl; do sleep 0.1; done"
    output, _ = watch(objects, demo, language, r"answering.*", meanwhile=webhook_called_back)
    assert_shows(shown, output)
    trace, waterfall = shown_by(language, "botvitals trace")
    run(trace, demo, language)
    # The slowest of all may still wait for its webhook: look at more of them.
    output = run(trace.replace("--top 1 ", "--top 20 "), demo, language)
    # How long each step took differs, and with it the bars and which step is marked as the slowest.
    names = re.compile(r"^(?:\S+|\s+(?:· )?\S+)(?=\s)", re.MULTILINE)
    assert set(names.findall(waterfall)) <= set(names.findall(output)), output


def test_the_old_command_lines_work(demo: Path) -> None:
    monitor, objects, *plots = [command for command, _ in blocks("en") if command.startswith("botvitals -")]
    watch(monitor, demo, "en", "#1 ")
    watch(objects, demo, "en", LAST_WORDS["objects"])
    for plot in plots:
        run(plot, demo, "en")
    assert (demo / "memory_analysis_plot.png").exists()
    assert (demo / "top15.png").exists()


def test_make_demo_watches_the_demo_bot() -> None:
    assert ("make demo", "") in blocks("en")
    log = ROOT / "data" / "demo"
    log.mkdir(parents=True, exist_ok=True)
    output, _ = watch(f"make --no-print-directory -C {ROOT} demo", log, "en", LAST_WORDS["leak"])
    averages = run(f"botvitals trace {ROOT / 'data' / 'demo' / 'spans.jsonl'}", log, "en")
    assert re.search(r"^answer +\d+ ", averages, re.MULTILINE)
    assert "· composed" in averages
    assert "http://127.0.0.1:" in output


def test_every_command_of_the_readme_is_run_somewhere() -> None:
    verbs = (
        "botvitals monitor",
        "botvitals objects",
        "botvitals plot",
        "botvitals trace",
        "botvitals -",
        "curl",
        "make demo",
    )
    left_over = {command for command, _ in blocks("en") if not command.startswith(verbs)}
    assert left_over == RUN_ELSEWHERE


def test_both_languages_have_the_same_commands_in_the_same_order() -> None:
    assert [command for command, _ in blocks("en")] == [command for command, _ in blocks("zh")]


@pytest.mark.parametrize("language", READMES)
def test_the_table_of_metrics_is_the_declared_one(language: str) -> None:
    with speaking(language):
        table = metrics_table().strip()
    assert f"<!-- metrics -->\n{table}\n<!-- /metrics -->" in READMES[language].read_text()


# What each block of Python in the README needs before it, and what then holds.
AROUND = {
    "import botvitals_exporter": ("", "assert exporter.port\nexporter.stop()\n"),
    "from botvitals import": (
        "import asyncio\nasync def nothing(*_): ...\nsearch = compose = send = nothing\n",
        """
asyncio.run(reply(7, "hello"))
summary = monitor.get_operation_summary("reply_7")
assert [mark["name"] for mark in summary["checkpoints"]] == ["searched", "sent"], summary
""",
    ),
}


@pytest.mark.parametrize("language", READMES)
def test_the_python_in_the_readme_runs(language: str, tmp_path: Path) -> None:
    codes = re.findall(r"```python\n(.*?)```", READMES[language].read_text(), re.DOTALL)
    assert len(codes) == len(AROUND)
    for code in codes:
        [(before, after)] = [around for beginning, around in AROUND.items() if code.startswith(beginning)]
        subprocess.run([sys.executable, "-c", before + code + after], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("language", READMES)
def test_every_link_within_the_project_leads_somewhere(language: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", READMES[language].read_text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
