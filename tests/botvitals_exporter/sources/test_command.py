import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.sources.command import displayed_command


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ([], ""),
        (["/usr/bin/ffmpeg"], "ffmpeg"),
        ([r"C:\Python\python.exe", "-m", "chromadb.server", "--port", "8000"], "python.exe -m chromadb.server ..."),
        (["node", "server.js", "3000"], "node server.js 3000"),
        (["bot", "--token", "hunter2", "x"], "bot --token *** ..."),
        (["bot", "--password=hunter 2"], "bot --password=***"),
        (["python3", "-c", "a = 1\n\x1b[2Jb\tc"], "python3 -c a = 1 [2Jb c"),
        (["x" * 80], "x" * 80),
        (["x" * 81], "x" * 76 + " ..."),
        (["curl", "https://user:hunter2@host/", "-s"], "curl https://***@host/ -s"),
    ],
)
def test_a_command_is_the_first_three_arguments_without_secrets(argv: list[str], command: str) -> None:
    assert displayed_command(argv) == command


@given(st.lists(st.text(), max_size=5))
def test_a_command_fits_on_one_line_of_80(argv: list[str]) -> None:
    command = displayed_command(argv)
    assert len(command) <= 80
    assert command == "" or command.isprintable()
