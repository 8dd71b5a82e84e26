"""Names that stay the same from one run, user or message to the next."""

import re

_SEPARATORS = "_-:./"
_UUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])", re.IGNORECASE)
_UUID_LENGTH = 36
_CHANGING = re.compile(r"(?:[_\-:./]++|\A)(?:[0-9]+|(?=[a-f]*[0-9])[0-9a-f]{8,})(?=[_\-:./]|\Z)", re.IGNORECASE)


def stable_name(text: str) -> str:
    """Return `text` without the parts that change: numbers, UUIDs and long hexadecimal numbers between `_ - : . /`.

    `button_click_12345_1757421666` becomes `button_click`. The result is empty where nothing else was in it.
    """
    if len(text) >= _UUID_LENGTH:
        text = _UUID.sub("0", text)
    return _CHANGING.sub("", text).strip(_SEPARATORS)
