"""Making any text fit to leave the process: one line, printable, without secrets, of bounded length."""

import re

from botvitals.redaction import redact

TEXT_LIMIT = 500
BLOCK_LIMIT = 20_000

# An error may carry a whole page of 2 MB, and looking for secrets in that would hold the bot up for a second. So much
# is looked at; what lies next to the cut is left out after that, since half a secret is not known for one any more.
_TEXT_LOOKED_AT, _TEXT_NEXT_TO_CUT = 10_000, 200
_BLOCK_LOOKED_AT, _BLOCK_NEXT_TO_CUT = 80_000, 5_000

# Escape sequences of terminals: ECMA-48, 5.4 (control sequences) and 8.3.89 (operating system commands).
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")
# What breaks a line or turns its reading order around.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_UNPRINTABLE_IN_BLOCK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_LONE_SURROGATES = re.compile(r"[\ud800-\udfff]")

# A bot says the same few things again and again. Short texts only, and begun anew when full, so that it stays small.
_known: dict[str, str] = {}
_MAX_KNOWN = 1_000


def as_text(value: object) -> str:
    """Return `value` as a plain `str`; never raises, whatever the `__str__` of a bot's object does."""
    if type(value) is str:
        return value
    try:
        if isinstance(value, bytes | bytearray):
            return value.decode("utf-8", "backslashreplace")
        # A subclass of str may count, compare or print in its own way.
        return str.__str__(str(value))
    except Exception:  # noqa: BLE001 - the bot's own __str__ ran
        return f"<{type(value).__name__}>"


def clean_text(value: object) -> str:
    """Return `value` as one printable line without secrets, at most 500 characters; None is the empty text."""
    if type(value) is str:
        try:
            return _known[value]
        except KeyError:
            pass
    if value is None:
        return ""
    text = as_text(value)
    cleaned = clean_new_text(text)
    if len(text) <= TEXT_LIMIT:
        if len(_known) >= _MAX_KNOWN:
            _known.clear()
        _known[text] = cleaned
    return cleaned


def clean_new_text(text: str) -> str:
    """Return what `clean_text` does, for a text that is hardly ever the same twice."""
    if len(text) > _TEXT_LOOKED_AT:
        return _shortened(_clean_line(text[:_TEXT_LOOKED_AT])[:-_TEXT_NEXT_TO_CUT] + "…")
    return _shortened(_clean_line(text))


def _shortened(line: str) -> str:
    return line if len(line) <= TEXT_LIMIT else line[: TEXT_LIMIT - 1] + "…"


def _clean_line(text: str) -> str:
    if not text.isprintable():
        text = _UNPRINTABLE.sub(" ", _ESCAPES.sub("", text)).strip()
        text = _LONE_SURROGATES.sub("\ufffd", text)
    return redact(text)


def clean_block(text: str) -> str:
    """Return `text` on as many lines as it has, printable and without secrets, at most 20,000 characters.

    Of a longer one the end is kept: there a traceback says what happened.
    """
    is_cut = len(text) > _BLOCK_LOOKED_AT
    if is_cut:
        text = text[-_BLOCK_LOOKED_AT:]
    cleaned = redact(_LONE_SURROGATES.sub("\ufffd", _UNPRINTABLE_IN_BLOCK.sub(" ", _ESCAPES.sub("", text))))
    if is_cut:
        cleaned = "…" + cleaned[_BLOCK_NEXT_TO_CUT:]
    return cleaned if len(cleaned) <= BLOCK_LIMIT else "…" + cleaned[1 - BLOCK_LIMIT :]
