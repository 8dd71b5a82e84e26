import signal
from types import FrameType

import pytest

from botvitals_exporter.failures import Failures, describe

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_a_kind_of_failure_is_said_once_and_counted_always() -> None:
    said: list[str] = []
    failures = Failures(said.append)
    for _ in range(3):
        failures.note("output", "the disk is full", kind="ENOSPC")
    failures.note("output", "not permitted", kind="EACCES")
    failures.note("server", "the disk is full", kind="ENOSPC")
    assert said == ["the disk is full", "not permitted", "the disk is full"]
    assert failures.counts() == {"output": 4, "server": 1}


def test_what_is_said_is_one_line_without_secrets() -> None:
    said: list[str] = []
    Failures(said.append).note("output", f"GET https://api.telegram.org/bot{TOKEN}/getMe\n  failed")
    assert len(said) == 1
    assert TOKEN not in said[0]
    assert "\n" not in said[0]


def test_a_listener_that_raises_is_counted_and_nobody_else_notices() -> None:
    def deaf(line: str) -> None:
        raise ValueError(line)

    failures = Failures(deaf)
    failures.note("output", "lost")
    failures.say_safely("lost too")
    assert failures.counts() == {"output": 1, "say": 2}


def test_what_goes_wrong_in_a_block_is_survived() -> None:
    said: list[str] = []
    failures = Failures(said.append)
    with failures.surviving("output"):
        raise ZeroDivisionError("by zero")
    with failures.surviving("output"):
        pass
    assert said == ["output: ZeroDivisionError: by zero"]
    assert failures.counts() == {"output": 1}


def test_what_asks_to_end_the_program_is_no_failure_to_survive() -> None:
    failures = Failures(print)
    with pytest.raises(KeyboardInterrupt), failures.surviving("output"):
        raise KeyboardInterrupt
    assert failures.counts() == {}


def test_an_error_without_words_is_known_by_its_kind() -> None:
    assert describe(SpeechlessError()) == "SpeechlessError"
    assert describe(ValueError("seven")) == "ValueError: seven"


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals that come by themselves are POSIX")
def test_a_signal_handler_may_note_a_failure_in_the_midst_of_another_note() -> None:
    failures = Failures(lambda line: None)
    interrupted = 0

    def handle(signal_number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted += 1
        failures.note("signal", "in between")

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        noted = 0
        while interrupted < 50:
            failures.note("main", "again")
            noted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert failures.counts() == {"main": noted, "signal": interrupted}
