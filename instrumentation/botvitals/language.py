"""Which language a person reads, and the texts in it.

Texts in the code are English; Chinese comes from the gettext catalogue beside this file. Metric names, JSON keys and
span names never pass through here.
"""

import gettext as _gettext
import locale
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_CATALOGUES = Path(__file__).parent / "locale"


def choose_language(
    explicit: str | None = None,
    environ: Mapping[str, str] | None = None,
    system_locale: str | None = None,
) -> Language:
    """Return `explicit`, else `BOTVITALS_LANG`, else what the locale says: `zh` for any Chinese, `en` for all else.

    The locale is the first non-empty of LC_ALL, LC_MESSAGES and LANG, on Windows `system_locale` (the user's own where
    none is passed). An `explicit` or `BOTVITALS_LANG` that is no language of ours counts as not given.
    """
    environ = os.environ if environ is None else environ
    asked = asked_language(explicit, environ)
    if asked is not None:
        return asked
    by_environment = next((environ[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(key)), "")
    if not by_environment and sys.platform == "win32":
        by_environment = system_locale or _windows_locale()
    return "zh" if by_environment.lower().startswith("zh") else "en"


def asked_language(explicit: str | None, environ: Mapping[str, str]) -> Language | None:
    """Return `explicit`, else `BOTVITALS_LANG`, None where neither is a language of ours."""
    for asked in (explicit, environ.get("BOTVITALS_LANG")):
        for language in LANGUAGES:
            if asked is not None and asked.strip().lower() == language:
                return language
    return None


def use_language(language: Language) -> None:
    """Make `language` the one that `gettext` and `ngettext` answer in, for the whole process."""
    global _current  # noqa: PLW0603 - one process speaks one language, as with gettext.install
    _current = _translations(language)


def use_log_language(language: str | None) -> None:
    """Write the `[PERF]` lines in `language`; None: in `BOTVITALS_LANG`, else in Chinese, whatever the locale."""
    global _log_language  # noqa: PLW0603 - as with `_current`
    _log_language = language


def gettext(message: str) -> str:
    """Return the English `message` in the language in use."""
    return _current.gettext(message)


def log_gettext(message: str) -> str:
    """Return the English `message` in the language of the `[PERF]` lines."""
    return _translations(asked_language(_log_language, os.environ) or "zh").gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return `singular` or `plural`, as `number` asks, in the language in use."""
    return _current.ngettext(singular, plural, number)


def mark(message: str) -> str:
    """Return `message` as it is, marked for the catalogue: for texts that are translated later, when they are shown."""
    return message


@cache
def _translations(language: Language) -> _gettext.NullTranslations:
    if language == "en":
        return _gettext.NullTranslations()
    return _gettext.translation("botvitals", _CATALOGUES, [language], fallback=True)


def _windows_locale() -> str:
    if sys.platform != "win32":
        return ""
    import ctypes

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")


_log_language: str | None = None
_current: _gettext.NullTranslations = _translations("en")
