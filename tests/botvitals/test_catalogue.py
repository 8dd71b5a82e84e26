import ast
import gettext
import string
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
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


def test_every_text_of_the_code_is_in_the_catalogue() -> None:
    root = FOLDER.parents[4]
    keywords = {**DEFAULT_KEYWORDS, "mark": None}
    found = {
        message
        for package in ("instrumentation", "exporter")
        for _file, _line, message, _comments, _context in extract_from_dir(root / package, keywords=keywords)
    }
    known = {english if len(english) > 1 else english[0] for english, _chinese in texts()}
    assert found - known == set()
    assert len(found) > 100


def test_no_text_hides_in_an_f_string_where_it_is_not_found() -> None:
    root = FOLDER.parents[4]
    files = [path for package in ("instrumentation", "exporter") for path in (root / package).rglob("*.py")]
    hidden = [
        f"{path.name}:{node.lineno}"
        for path in files
        for joined in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(joined, ast.JoinedStr)
        for node in ast.walk(joined)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}
        if isinstance(node.args[0], ast.Constant)
    ]
    assert hidden == []
