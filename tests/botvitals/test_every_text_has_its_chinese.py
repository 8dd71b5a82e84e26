"""Every text of the code's, in the catalogue or not: `test_catalogue.py` sees only those that are."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po


def folder_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


CATALOGUE = folder_of("botvitals") / "locale" / "zh" / "LC_MESSAGES" / "botvitals.po"


def texts_in(package: Path) -> set[str]:
    """The English of each text, of one with a plural the singular."""
    found = extract_from_dir(package, keywords={**DEFAULT_KEYWORDS, "mark": None})
    texts = {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}
    return texts - {""}


@pytest.mark.parametrize("package", ["botvitals", "botvitals_exporter"])
def test_every_text_in_the_code_has_its_chinese(package: str) -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="zh")
    texts = texts_in(folder_of(package))
    assert len(texts) > 3
    assert sorted(text for text in texts if text not in catalogue) == []
