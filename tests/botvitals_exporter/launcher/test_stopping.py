import signal

import pytest

from botvitals_exporter.launcher.stopping import Stopping


class StubbornBot:
    def __init__(self) -> None:
        self.story: list[str] = []

    def ask(self, signal_number: int) -> None:
        self.story.append(signal.Signals(signal_number).name)

    def remember_children(self) -> None:
        self.story.append("look")

    def announce(self, *, terminate_seconds: float | None, kill_seconds: float) -> None:
        self.story.append(f"announce {terminate_seconds} {kill_seconds}")

    def terminate(self) -> None:
        self.story.append("terminate")

    def kill(self) -> None:
        self.story.append("kill")


def live_on(stopping: Stopping, now: float) -> list[float]:
    """Do all that comes due; return when it did."""
    moments = []
    while (left := stopping.seconds_left(now)) is not None:
        now += left
        stopping.do_what_is_due(now)
        moments.append(now)
    return moments


def test_nothing_is_due_before_anyone_asks() -> None:
    bot = StubbornBot()
    stopping = Stopping(bot)
    stopping.do_what_is_due(1e9)
    assert stopping.seconds_left(1e9) is None
    assert bot.story == []


def test_bot_that_ignores_an_interrupt_is_terminated_after_five_seconds_and_killed_after_eight() -> None:
    bot = StubbornBot()
    stopping = Stopping(bot)
    stopping.ask(signal.SIGINT, 100.0)
    assert live_on(stopping, 100.0) == [101.0, 105.0, 108.0]
    assert bot.story == ["look", "SIGINT", "announce 4.0 7.0", "look", "terminate", "kill"]


def test_sigterm_is_passed_on_at_once_and_not_repeated() -> None:
    bot = StubbornBot()
    stopping = Stopping(bot)
    stopping.ask(signal.SIGTERM, 100.0)
    assert live_on(stopping, 100.0) == [101.0, 108.0]
    assert bot.story == ["look", "SIGTERM", "announce None 7.0", "kill"]


def test_each_further_signal_is_passed_on_and_the_time_runs_from_the_first() -> None:
    bot = StubbornBot()
    stopping = Stopping(bot)
    stopping.ask(signal.SIGINT, 100.0)
    stopping.ask(signal.SIGINT, 100.5)
    assert live_on(stopping, 100.5) == [101.0, 105.0, 108.0]
    assert bot.story == ["look", "SIGINT", "SIGINT", "announce 4.0 7.0", "look", "terminate", "kill"]


@pytest.mark.parametrize(("grace", "moments"), [(16.0, [1.0, 5.0, 16.0]), (1.6, [1.0, 1.6]), (0.0, [0.0])])
def test_grace_says_when_the_bot_is_killed(grace: float, moments: list[float]) -> None:
    stopping = Stopping(StubbornBot(), grace)
    stopping.ask(signal.SIGINT, 0.0)
    assert live_on(stopping, 0.0) == moments
