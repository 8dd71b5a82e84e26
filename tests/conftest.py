"""What every test leaves as it found it."""

import signal
from collections.abc import Iterator

import pytest

from botvitals.language import use_language, use_log_language


def pytest_configure() -> None:
    """Let programs that tests start get their signals where who runs the tests ignores some (nohup, a job in &)."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _the_languages_of_a_fresh_process() -> Iterator[None]:
    """Speak as a fresh process does: a command line that was tried chose for the whole process."""
    use_language("en")
    use_log_language(None)
    yield
    use_language("en")
    use_log_language(None)


@pytest.fixture(autouse=True)
def _no_language_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the same whatever language the one who runs the tests speaks."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")  # not taken away: programs started here would then read and write ASCII
    for variable in ("BOTVITALS_LANG", "LANGUAGE"):
        monkeypatch.delenv(variable, raising=False)
