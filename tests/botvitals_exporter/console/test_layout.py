import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from botvitals_exporter.console.layout import megabytes, printable, shorten

ANY_TEXT = st.text(st.characters())  # lone surrogates included


@given(ANY_TEXT)
def test_what_is_made_printable_is_printable_and_can_be_encoded(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert shown.encode("utf-8").decode("utf-8") == shown


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@given(ANY_TEXT, st.integers(min_value=3, max_value=80))
def test_shortened_text_fits_its_cells_and_its_characters(text: str, cells: int) -> None:
    shown = shorten(printable(text) * 5, cells)
    assert cell_len(shown) <= cells
    assert len(shown) <= cells


def test_text_that_fits_is_not_shortened() -> None:
    assert shorten("机器人", 6) == "机器人"


def test_shortened_text_keeps_its_beginning_and_more_of_its_end() -> None:
    assert shorten("telegram.ext.application.Application", 21) == "telegr....Application"


def test_a_wide_character_is_never_cut_in_two() -> None:
    assert shorten("机器人会话管理", 10) == "机...管理"


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0.00 MB"), (1_048_576, "1.00 MB"), (48_045_752, "45.82 MB"), (2**40, "1048576.00 MB")],
)
def test_a_megabyte_has_1048576_bytes(size_bytes: int, shown: str) -> None:
    assert megabytes(size_bytes) == shown
