import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from botvitals_exporter.plot.names import plain_name, shorten, shorten_all


@pytest.mark.parametrize(
    ("recorded", "plain"),
    [
        ("<class 'dict'>", "dict"),
        ("<class 'telegram._message.Message'>", "telegram._message.Message"),
        ("<class 'dict", "dict"),
        ("chromadb", "chromadb"),
        ("<class 'a\nb\x1b[31m'>", "a b [31m"),
        ("", "?"),
        ("\u200b", "?"),
    ],
)
def test_names_are_plain_and_visible(recorded: str, plain: str) -> None:
    assert plain_name(recorded) == plain


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("telegram._message.Message", "telegram._message.Message"),
        ("telegram.ext._application.Application", "telegram…_application.Application"),
        ("one.two.three.four.AVeryLongNameOfAClassIndeed", "one…AVeryLongNameOfAClassIndeed"),
        ("averylongpackagenameindeed.ALongClassNameToo", "…ALongClassNameToo"),
        ("A" * 30 + "B" * 30, "A" * 11 + "…" + "B" * 22),
    ],
)
def test_a_long_name_keeps_its_package_and_its_class(name: str, short: str) -> None:
    assert shorten(name, 34) == short


def test_two_names_never_look_alike() -> None:
    names = [f"package.{middle * 20}.module.AnUsualNameOfAClass" for middle in ("a", "b")]
    assert len(set(shorten_all(names, 36))) == 2


def test_a_chinese_name_takes_two_cells_a_character() -> None:
    assert cell_len(shorten("消息" * 20, 30)) <= 30


@given(st.text(min_size=1, max_size=80), st.integers(8, 40))
def test_a_short_name_always_fits(name: str, width: int) -> None:
    assert cell_len(shorten(plain_name(name), width)) <= width
