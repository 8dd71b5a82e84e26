"""What a census costs a bot that never rests is told from what the bot answered before and after it."""

import math

import pytest

from support.lost import Answers, Span

INTERVAL_SECONDS = 4.0


def answers(*stretches: tuple[float, float]) -> Answers:
    """Return what a bot answered in stretches of so many seconds and messages a second, one after the other."""
    noted = Answers()
    began = 0.0
    for seconds, rate in stretches:
        for number in range(round(seconds * rate)):
            noted.note(began + (number + 0.5) / rate)
        began += seconds
    return noted


def test_a_bot_that_goes_on_as_before_loses_nothing() -> None:
    noted = answers((8.0, 1000.0))
    assert noted.lost_seconds([Span(2.0, 2.2), Span(6.0, 6.2)], INTERVAL_SECONDS) == pytest.approx([0.0, 0.0], abs=1e-6)
    assert noted.rate_beside([Span(2.0, 2.2)]) == pytest.approx(1000.0)


def test_a_stop_is_lost_whole_and_a_slow_time_in_part() -> None:
    noted = answers((2.0, 1000.0), (0.1, 0.0), (0.2, 500.0), (3.7, 1000.0))
    assert noted.lost_seconds([Span(2.0, 2.1)], INTERVAL_SECONDS) == pytest.approx([0.1 + 0.2 / 2], abs=0.005)


def test_what_the_bot_feels_for_a_while_afterwards_counts_too() -> None:
    noted = answers((2.1, 1000.0), (0.4, 800.0), (3.5, 1000.0))
    assert noted.lost_seconds([Span(2.0, 2.1)], INTERVAL_SECONDS) == pytest.approx([0.4 * 0.2], abs=0.005)


def test_a_machine_that_grows_slower_over_the_minutes_is_no_loss() -> None:
    noted = answers((5.0, 2000.0), (5.0, 1000.0))
    lost = noted.lost_seconds([Span(2.0, 2.1), Span(8.0, 8.1)], INTERVAL_SECONDS)
    assert lost == pytest.approx([0.0, 0.0], abs=1e-6)


def test_censuses_that_leave_the_bot_no_time_alone_are_held_against_the_rest_of_the_run() -> None:
    noted = answers((2.0, 1000.0), (6.5, 100.0), (2.0, 1000.0))
    _first, lost, _last = noted.lost_seconds([Span(2.0, 4.0), Span(4.4, 6.0), Span(6.4, 8.0)], 0.2)
    assert lost == pytest.approx(0.9 * 2.1, abs=0.05)


def test_where_the_bot_was_never_alone_nobody_knows_what_it_lost() -> None:
    [lost] = answers((3.0, 1000.0)).lost_seconds([Span(0.0, 3.0)], INTERVAL_SECONDS)
    assert math.isnan(lost)
