"""Speaking one language for the length of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

from botvitals.language import Language, use_language


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    use_language(language)
    try:
        yield
    finally:
        use_language("en")
