import io
import os
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.relay import QUEUE_CHUNKS, READ_BYTES, Relay


class Pipe:
    """A bot's pipe, its relay, and what comes out at the other end."""

    def __init__(self, stream: io.TextIOWrapper, *, drain_seconds: float = 0.05) -> None:
        reader, self.writer = os.pipe()
        self.failures = Failures(lambda line: None)
        self.over = threading.Event()
        self.relay = Relay(
            os.fdopen(reader, "rb", buffering=0),
            Terminal(stream, self.failures),
            self.over.set,
            drain_seconds=drain_seconds,
        )

    def close(self) -> None:
        os.close(self.writer)
        for thread in threading.enumerate():
            if thread.name.startswith("botvitals-relay"):
                thread.join(5)
                assert not thread.is_alive()


@pytest.fixture
def shown() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def pipe(shown: io.BytesIO) -> Iterator[Pipe]:
    pipe = Pipe(io.TextIOWrapper(shown))
    yield pipe
    pipe.close()


def test_all_is_shown_in_order_before_it_is_over(shown: io.BytesIO) -> None:
    pipe = Pipe(io.TextIOWrapper(shown))
    lines = b"".join(b"line %d\n" % number for number in range(200_000))
    pipe.relay.start()
    rest = memoryview(lines)
    while rest:
        rest = rest[os.write(pipe.writer, rest) :]
    os.write(pipe.writer, b"unfinished")
    pipe.close()
    assert pipe.over.wait(5)
    assert shown.getvalue().replace(b"[Bot] ", b"") == lines + b"unfinished"
    assert shown.getvalue().count(b"[Bot] ") == 200_001


def test_prompt_is_shown_while_the_bot_waits(shown: io.BytesIO, pipe: Pipe) -> None:
    pipe.relay.start()
    os.write(pipe.writer, b"name? ")
    assert not pipe.over.wait(0.4)
    assert shown.getvalue() == b"[Bot] name? "


def test_pipe_that_a_child_holds_open_is_left_after_the_bots_end(shown: io.BytesIO, pipe: Pipe) -> None:
    pipe.relay.start()
    os.write(pipe.writer, b"last words\n")
    pipe.relay.bot_has_ended()
    assert pipe.over.wait(2)
    assert shown.getvalue() == b"[Bot] last words\n"


def test_child_that_never_stops_talking_does_not_hold_the_end_up(pipe: Pipe) -> None:
    pipe.relay.start()
    pipe.relay.bot_has_ended()
    while not pipe.over.wait(0.01):
        os.write(pipe.writer, b"still here\n")


def test_terminal_that_stands_still_makes_the_bot_wait_and_loses_nothing() -> None:
    far_end, near_end = os.pipe()
    with os.fdopen(near_end, "w") as stream:
        pipe = Pipe(stream)
        pipe.relay.start()
        os.set_blocking(pipe.writer, False)
        line, pause, sent = b"x" * 4095 + b"\n", threading.Event(), 0
        for _ in range(3):  # a pipe that is full three times in a row is not read any more
            with suppress(BlockingIOError):
                while True:
                    sent += os.write(pipe.writer, line)
            pause.wait(0.05)
        assert sent <= (QUEUE_CHUNKS + 8) * READ_BYTES
        received = bytearray()
        reader = threading.Thread(target=lambda: received.extend(read_all(far_end)))
        reader.start()
        pipe.close()
    reader.join(5)
    os.close(far_end)
    assert received.count(b"x") == sent // 4096 * 4095


def read_all(file: int) -> bytes:
    return b"".join(iter(lambda: os.read(file, 1 << 20), b""))


def test_output_is_read_on_where_the_terminal_is_gone() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        pipe = Pipe(stream)
        pipe.relay.start()
        for _ in range(100):
            os.write(pipe.writer, b"x" * 65535 + b"\n")
        pipe.close()
    assert pipe.failures.counts()["terminal"] >= 1
