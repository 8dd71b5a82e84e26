import gettext
import string
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import botvitals

FOLDER = Path(botvitals.__file__).parent / "locale" / "zh" / "LC_MESSAGES"


def catalogue() -> Catalog:
    with (FOLDER / "botvitals.po").open("rb") as file:
        return read_po(file, locale="zh")


def texts() -> list[tuple[tuple[str, ...], str]]:
    """The English of each text, singular and plural, and its Chinese, which knows no plural."""
    pairs = []
    for message in catalogue():
        english = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        chinese = message.string if isinstance(message.string, str) else message.string[0]
        if english != ("",):
            pairs.append((english, chinese))
    return pairs


def placeholders(*texts: str) -> set[str]:
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_has_its_chinese() -> None:
    assert len(texts()) > 30
    assert [english for english, chinese in texts() if not chinese] == []


def test_chinese_texts_fill_in_what_the_english_do() -> None:
    assert [chinese for english, chinese in texts() if placeholders(chinese) != placeholders(*english)] == []


def test_the_compiled_catalogue_is_that_of_the_texts() -> None:
    # Not byte by byte: compiling writes the hour and minute into the file's header.
    with (FOLDER / "botvitals.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
        file.seek(0)
        assert len(read_mo(file)) == len(texts())
    assert [english for english, chinese in texts() if compiled.gettext(english[0]) != chinese] == []
