"""What an operation is called: its id as people read it, and the name that many operations share."""

from functools import lru_cache

from botvitals.clean_text import TEXT_LIMIT, as_text, clean_text
from botvitals.stable_name import stable_name

_WITHOUT_A_NAME = "operation"


def key_of(operation_id: object) -> str:
    """Return what `operation_id` is told apart by: its text, of bounded length. It never leaves the process."""
    text = as_text(operation_id)
    return text if len(text) <= TEXT_LIMIT else f"{text[:TEXT_LIMIT]}#{hash(text)}"


@lru_cache(maxsize=1024)
def names_of(key: str) -> tuple[str, str]:
    """Return the clean operation id and the operation's name for a key; both are never empty."""
    operation_id = clean_text(key)
    return operation_id or _WITHOUT_A_NAME, stable_name(operation_id) or _WITHOUT_A_NAME
