import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.launcher.unfinished_line import HOLD_BYTES, UnfinishedLine


def test_whole_lines_are_shown_at_once_and_the_beginning_of_the_next_is_held() -> None:
    line = UnfinishedLine()
    assert line.take(b"one\ntwo\nthr", 0.0, is_line_open=False) == b"one\ntwo\n"
    assert line.take(b"ee\n", 0.1, is_line_open=False) == b"three\n"


def test_prompt_is_shown_after_a_moment() -> None:
    line = UnfinishedLine()
    assert line.take(b"name? ", 10.0, is_line_open=False) == b""
    assert line.seconds_left(10.0) == pytest.approx(0.2)
    assert line.take(b"", 10.1, is_line_open=False) == b""
    assert line.take(b"", 10.25, is_line_open=False) == b"name? "
    assert line.seconds_left(10.25) is None


def test_line_that_grows_all_the_time_is_held_no_longer_than_one_that_rests() -> None:
    line = UnfinishedLine()
    shown = [line.take(b".", moment / 10, is_line_open=False) for moment in range(4)]
    assert shown == [b"", b"", b"...", b""]


def test_rest_of_a_line_whose_beginning_is_shown_follows_at_once() -> None:
    line = UnfinishedLine()
    assert line.take(b"\r50%", 0.0, is_line_open=True) == b"\r50%"
    assert line.take(b"\ndone", 0.1, is_line_open=True) == b"\n"


def test_very_long_line_is_not_collected() -> None:
    line = UnfinishedLine()
    assert line.take(b"x" * (HOLD_BYTES + 1), 0.0, is_line_open=False) == b"x" * (HOLD_BYTES + 1)


@given(st.lists(st.tuples(st.binary(max_size=8), st.floats(0, 0.3), st.booleans())))
def test_no_byte_is_lost_or_moved(pieces: list[tuple[bytes, float, bool]]) -> None:
    line, now, shown = UnfinishedLine(), 0.0, b""
    for data, pause, is_line_open in pieces:
        now += pause
        shown += line.take(data, now, is_line_open=is_line_open)
    assert shown + line.rest() == b"".join(data for data, _, _ in pieces)
