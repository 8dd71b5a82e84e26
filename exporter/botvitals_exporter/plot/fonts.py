"""Fonts that have what a picture says, Chinese above all, and what to say where they have not.

Importing this needs matplotlib.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from matplotlib import font_manager

from botvitals.language import gettext as _

# matplotlib brings this one along; it has Latin, Greek and Cyrillic letters and many signs.
_BASE = "DejaVu Sans"

# Families with simplified Chinese, the better looking ones first, and the files they lie in.
_CHINESE = {
    "Noto Sans CJK SC": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf"),
    "Noto Sans SC": ("NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf"),
    "Source Han Sans SC": ("SourceHanSansSC-Regular.otf", "SourceHanSans.ttc"),
    "PingFang SC": ("PingFang.ttc",),
    "Microsoft YaHei": ("msyh.ttc", "msyh.ttf"),
    "Hiragino Sans GB": ("Hiragino Sans GB.ttc",),
    "WenQuanYi Micro Hei": ("wqy-microhei.ttc",),
    "WenQuanYi Zen Hei": ("wqy-zenhei.ttc",),
    "Noto Sans CJK JP": ("NotoSansCJK-Regular.ttc",),
    "SimHei": ("simhei.ttf",),
    "Heiti TC": ("STHeiti Light.ttc",),
    "Droid Sans Fallback": ("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf"),
    "Arial Unicode MS": ("Arial Unicode.ttf",),
}


@contextmanager
def quiet_font_search() -> Iterator[None]:
    """Keep matplotlib from saying that a Chinese font comes in one weight only: we know, and it looks well."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class Fonts:
    """The fonts of one picture: matplotlib takes each character from the first family that has it."""

    @cached_property
    def families(self) -> Sequence[str]:
        """The families, one that has Chinese among them where this machine has one."""
        chinese = _chinese_family()
        return [_BASE] if chinese is None else [_BASE, chinese]

    def can_show(self, text: str) -> bool:
        """Whether some family has each character."""
        return all(self._has(character) for character in text)

    def showable(self, text: str) -> str:
        """Return `text` with a question mark for each character that no family has."""
        return "".join(character if self._has(character) else "?" for character in text)

    def say(self, message: str, **fields: object) -> str:
        """Return `message` in the language in use, in English where no family has its characters."""
        translated = _(message)
        chosen = translated if self.can_show(translated) else message
        return self.showable(chosen.format(**fields))

    def _has(self, character: str) -> bool:
        return character.isascii() or any(ord(character) in table for table in self._character_tables)

    @cached_property
    def _character_tables(self) -> Sequence[frozenset[int]]:
        return [
            frozenset(font_manager.get_font(font_manager.findfont(family)).get_charmap()) for family in self.families
        ]


def _chinese_family() -> str | None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    if found := next((family for family in _CHINESE if family in known), None):
        return found
    # matplotlib keeps its list of fonts in a file: one installed since is not in it. A look at the folders' names costs
    # milliseconds, reading every font anew many seconds.
    files = {Path(path).name: path for path in font_manager.findSystemFonts()}
    for names in _CHINESE.values():
        if path := next((files[name] for name in names if name in files), None):
            return _add(path)
    return None


def _add(path: str) -> str | None:
    """Make the font of a file known to matplotlib, in this process only, and return its family."""
    try:
        font_manager.fontManager.addfont(path)
    except (OSError, RuntimeError):
        return None
    return font_manager.fontManager.ttflist[-1].name
