import io

from botvitals_exporter.plot.progress import reading_progress

MB = 1024 * 1024


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_large_reading_shows_a_bar_on_a_terminal_and_takes_it_away_at_the_end() -> None:
    terminal = Terminal()
    with reading_progress(100 * MB, terminal) as advance:
        for _ in range(50):
            advance(2 * MB)
    assert "Reading" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_a_small_reading_shows_nothing() -> None:
    terminal = Terminal()
    with reading_progress(MB, terminal) as advance:
        advance(MB)
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with reading_progress(1000 * MB, stream) as advance:
        advance(500 * MB)
    assert stream.getvalue() == ""
