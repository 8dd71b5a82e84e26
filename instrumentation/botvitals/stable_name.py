"""Names that stay the same from one run, user or message to the next."""

import re

_SEPARATORS = re.compile(r"([_\-:./]+)")
_UUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE)
_CHANGING = re.compile(r"[0-9]+|(?=[a-f]*[0-9])[0-9a-f]{8,}", re.IGNORECASE)


def stable_name(text: str) -> str:
    """Return `text` without the parts that change: numbers, UUIDs and long hexadecimal numbers between `_ - : . /`.

    `button_click_12345_1757421666` becomes `button_click`. The result is empty where nothing else was in it.
    """
    pieces = ["", *_SEPARATORS.split(_UUID.sub("0", text))]
    kept = ""
    for separator, piece in zip(pieces[::2], pieces[1::2], strict=True):
        if piece and not _CHANGING.fullmatch(piece):
            kept += (separator if kept else "") + piece
    return kept
