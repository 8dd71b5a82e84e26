"""Names of types, modules and roles as a legend can show them."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from rich.cells import cell_len

_CUT = "…"


def plain_name(name: str) -> str:
    """Return `dict` for `<class 'dict'>`, other names as they are; what is no visible character becomes a space."""
    name = name.removeprefix("<class '")
    name = name.removesuffix(">").removesuffix("'")
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in name)
    return " ".join(visible.split()) or "?"


def shorten(name: str, width: int) -> str:
    """Return `name` in at most `width` cells: its first package and as many of the last parts as there is room for.

    A single part that is too long loses its middle.
    """
    if cell_len(name) <= width:
        return name
    first, *parts = name.split(".")
    for skipped in range(1, len(parts)):
        short = f"{first}{_CUT}{'.'.join(parts[skipped:])}"
        if cell_len(short) <= width:
            return short
    tail = parts[-1] if parts and cell_len(parts[-1]) < width else name
    return _CUT + tail if tail is not name else _cut_middle(name, width)


def shorten_all(names: Sequence[str], width: int) -> list[str]:
    """Return all names plain and short; where two come out alike, they lose their middle instead."""
    plain = [plain_name(name) for name in names]
    short = [shorten(name, width) for name in plain]
    alike = Counter(short)
    return [_cut_middle(name, width) if alike[cut] > 1 else cut for name, cut in zip(plain, short, strict=True)]


def _cut_middle(name: str, width: int) -> str:
    head, tail = name, ""
    if cell_len(name) > width:
        head = _fitting(name, width // 3)
        tail = _CUT + _fitting(name[::-1], width - cell_len(head) - 1)[::-1]
    return head + tail


def _fitting(text: str, width: int) -> str:
    while cell_len(text) > width:
        text = text[: min(len(text) - 1, width)]
    return text
