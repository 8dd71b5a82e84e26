"""What an operation is called: its id as people read it, and the name that many operations share."""

import re
from functools import lru_cache

from botvitals.clean_text import TEXT_LIMIT, as_text, clean_new_text
from botvitals.stable_name import stable_name

_WITHOUT_A_NAME = "operation"

_WORDS = re.compile(r"[^\W\d_]++(?:_[^\W\d_]++)*+")


def key_of(operation_id: object) -> str:
    """Return what `operation_id` is told apart by: its text, of bounded length. It never leaves the process."""
    if type(operation_id) is str and len(operation_id) <= TEXT_LIMIT:
        return operation_id
    text = as_text(operation_id)
    # What leaves is made of the key, so it is cleaned before it is cut: half a token is not known for one any more.
    return text if len(text) <= TEXT_LIMIT else f"{clean_new_text(text)}#{hash(text)}"


def names_of(key: str) -> tuple[str, str]:
    """Return the clean operation id and the operation's name for a key; both are never empty."""
    # What a bot's ids mostly are, `button_click_12345_1757421666`, is new with every start: cleaning it costs 7 µs.
    words = key.rstrip("0123456789_")
    numbers = key[len(words) :]
    if numbers.startswith("_") and numbers[-1] != "_" and "__" not in numbers and _is_clean_before_numbers(words):
        return key, words
    return _names_of(key)


@lru_cache(maxsize=1024)
def _names_of(key: str) -> tuple[str, str]:
    operation_id = clean_new_text(key)
    return operation_id or _WITHOUT_A_NAME, stable_name(operation_id) or _WITHOUT_A_NAME


@lru_cache(maxsize=1024)
def _is_clean_before_numbers(words: str) -> bool:
    """Whether these are words between `_`, and whatever numbers follow, neither a secret (`sk_live_…`) nor a number."""
    if _WORDS.fullmatch(words) is None:
        return False
    # No kind of secret asks for more than 40 characters behind its mark.
    longest = f"{words}_{'1' * 40}"
    return clean_new_text(longest) == longest and stable_name(words) == words
