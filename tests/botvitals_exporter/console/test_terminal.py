import io
import os
import re
import sys
from pathlib import Path

import pytest
from rich.text import Text

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures


class FakeTerminal(io.TextIOWrapper):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return True


class PlainFile(FakeTerminal):
    def isatty(self) -> bool:
        return False


def written(stream: io.TextIOWrapper) -> bytes:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def failures(said: list[str]) -> Failures:
    return Failures(said.append)


def test_each_line_of_the_bots_is_marked_and_otherwise_unharmed(failures: Failures) -> None:
    stream = PlainFile()
    Terminal(stream, failures).write_bot_output(b"one\r\n\xff\x00\xe4\xbd\n\n10%\r20%\n")
    assert written(stream) == b"[Bot] one\r\n[Bot] \xff\x00\xe4\xbd\n[Bot] \n[Bot] 10%\r20%\n"


def test_line_that_goes_on_is_not_marked_again(failures: Failures) -> None:
    stream = PlainFile()
    terminal = Terminal(stream, failures)
    for piece in (b"name", b"? ", b"\n", b"hello\n"):
        terminal.write_bot_output(piece)
    assert written(stream) == b"[Bot] name? \n[Bot] hello\n"


def test_block_ends_an_unfinished_line_whose_rest_is_marked_anew(failures: Failures) -> None:
    stream = PlainFile()
    terminal = Terminal(stream, failures)
    terminal.write_bot_output(b"name? ")
    terminal.print_block(Text("block"))
    terminal.write_bot_output(b"John\n")
    terminal.say("notice")
    assert written(stream) == b"[Bot] name? \nblock\n[Bot] John\nbotvitals: notice\n"


def test_notice_to_another_file_leaves_the_bots_line_alone(failures: Failures) -> None:
    stream, notices = PlainFile(), PlainFile()
    terminal = Terminal(stream, failures, notices=notices)
    terminal.write_bot_output(b"name? ")
    terminal.say("notice")
    terminal.write_bot_output(b"John\n")
    assert written(stream) == b"[Bot] name? John\n"
    assert written(notices) == b"botvitals: notice\n"


def test_notice_to_the_same_terminal_ends_the_bots_line(failures: Failures) -> None:
    stream, notices = FakeTerminal(), FakeTerminal()
    terminal = Terminal(stream, failures, notices=notices)
    terminal.write_bot_output(b"name? ")
    terminal.say("notice")
    assert written(notices) == b"\nbotvitals: notice\n"
    assert not terminal.bot_line_is_open


def test_notice_to_the_same_file_ends_the_bots_line(failures: Failures, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream, os.fdopen(os.dup(stream.fileno()), "w") as notices:
        terminal = Terminal(stream, failures, notices=notices)
        terminal.write_bot_output(b"name? ")
        terminal.say("notice")
    assert (tmp_path / "log").read_text() == "[Bot] name? \nbotvitals: notice\n"


BLOCK = Text.assemble(("检查点 #1", "bold"), "\n", ("x" * 300, "red"), "  \n")


def test_colours_show_on_a_terminal_and_change_no_character(failures: Failures) -> None:
    stream = FakeTerminal()
    Terminal(stream, failures, environ={"TERM": "xterm-256color"}).print_block(BLOCK)
    shown = written(stream).decode()
    assert "\x1b[1m" in shown
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == BLOCK.plain


@pytest.mark.parametrize(
    ("stream", "environ"),
    [
        (PlainFile(), {"TERM": "xterm-256color"}),
        (FakeTerminal(), {"TERM": "xterm-256color", "NO_COLOR": "1"}),
        (FakeTerminal(), {"TERM": "dumb"}),
    ],
)
def test_elsewhere_blocks_are_plain(stream: FakeTerminal, environ: dict[str, str], failures: Failures) -> None:
    Terminal(stream, failures, environ=environ).print_block(BLOCK)
    assert written(stream).decode() == BLOCK.plain


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", "?? ??: 1 MB"), ("cp1252", "?? ??: 1 MB"), ("cp936", "?? 内存: 1 MB"), ("utf-8", "⚠️ 内存: 1 MB")],
)
def test_what_the_encoding_lacks_is_replaced(encoding: str, expected: str, failures: Failures) -> None:
    stream = PlainFile(encoding)
    terminal = Terminal(stream, failures)
    terminal.print_block(Text("⚠️ 内存: 1 MB"))
    assert written(stream).decode(encoding) == expected + "\n"
    assert failures.counts() == {}


def test_lone_surrogate_is_replaced(failures: Failures) -> None:
    stream = PlainFile()
    Terminal(stream, failures).say("file \udcff")
    assert written(stream) == b"botvitals: file ?\n"


def test_closed_pipe_is_said_once_and_counted(failures: Failures, said: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        terminal = Terminal(stream, failures)
        for _ in range(3):
            terminal.write_bot_output(b"line\n")
    assert failures.counts() == {"terminal": 3}
    assert said == ["nobody reads the output any more"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_disk_hurts_nobody(failures: Failures) -> None:
    with Path("/dev/full").open("w") as stream:
        Terminal(stream, failures).print_block(Text("block"))
    assert failures.counts() == {"terminal": 1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_failure_that_is_said_on_the_failing_terminal_itself_ends_there() -> None:
    def say(line: str) -> None:
        terminal.say(line)

    failures = Failures(say)
    with Path("/dev/full").open("w") as stream:
        terminal = Terminal(stream, failures)
        terminal.say("notice")
    assert failures.counts() == {"terminal": 2}


def test_stream_that_the_program_closes_hurts_nobody(failures: Failures) -> None:
    stream = PlainFile()
    terminal = Terminal(stream, failures)
    stream.close()
    terminal.say("notice")
    assert failures.counts() == {"terminal": 1}


def test_stream_that_the_program_takes_apart_is_still_written_to(failures: Failures) -> None:
    stream = PlainFile()
    terminal = Terminal(stream, failures)
    below = stream.detach()
    terminal.say("notice")
    assert isinstance(below, io.BytesIO)
    assert below.getvalue() == b"botvitals: notice\n"


def test_what_the_program_has_printed_before_stays_before(failures: Failures, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream:
        stream.write("printed\n")
        Terminal(stream, failures).say("notice")
        stream.write("printed later\n")
    assert (tmp_path / "log").read_text() == "printed\nbotvitals: notice\nprinted later\n"


def test_stream_of_text_alone_shows_all_the_same(failures: Failures) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, failures)
    terminal.write_bot_output(b"caf\xc3\xa9\n")
    terminal.say("notice")
    assert stream.getvalue() == "[Bot] café\nbotvitals: notice\n"


def test_program_without_a_stream_is_no_failure(failures: Failures) -> None:
    Terminal(None, failures).say("notice")
    assert failures.counts() == {}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("columns", "width"), [(60, 60), (200, 80), (20, 50), (0, 80)])
def test_blocks_are_as_wide_as_a_narrow_terminal(columns: int, width: int, failures: Failures) -> None:
    import termios

    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    with os.fdopen(ours), os.fdopen(theirs, "w") as stream:
        assert Terminal(stream, failures).block_width == width


def test_blocks_for_a_file_have_their_full_width(failures: Failures, tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as stream:
        assert Terminal(stream, failures).block_width == 80
    assert Terminal(None, failures).block_width == 80
