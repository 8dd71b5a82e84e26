"""What went wrong and was survived: said once, counted always."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from botvitals.redaction import redact


class Failures:
    """Counts failures by component (`output`, `server`, …) for `botvitals_errors_total`, and says each kind once.

    `say` gets one line for a person, free of secrets; it is called from any thread and may itself fail. `remark` gets
    what is no failure, yet good to know; where none is given, `say` does.
    """

    def __init__(self, say: Callable[[str], None], remark: Callable[[str], None] | None = None) -> None:
        self._say = say
        self._remark = say if remark is None else remark
        # Re-entrant: a signal's handler may fail at something in the midst of the main thread's own note.
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._said: set[tuple[str, str]] = set()
        self._elsewhere: dict[str, Callable[[], int]] = {}

    def include(self, component: str, count: Callable[[], int]) -> None:
        """Let `counts` have the failures of `component` that somebody else says and counts, from zero on."""
        self._elsewhere[component] = count

    @contextmanager
    def surviving(self, component: str) -> Iterator[None]:
        """Note whatever goes wrong in the block as a failure of `component`, and go on behind it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the bot, and all else that is read, goes on
            self.note(component, f"{component}: {describe(error)}", kind=type(error).__name__)

    def note(self, component: str, message: str, *, kind: str = "") -> None:
        """Count a failure of `component`; say `message` unless one of this component and `kind` was said before."""
        with self._lock:
            self._counts[component] += 1
            is_new = (component, kind) not in self._said
            self._said.add((component, kind))
        if is_new:
            self.say_safely(message)

    def say_safely(self, message: str) -> None:
        """Say `message` on one line, whatever becomes of the one who listens."""
        self._tell(self._say, message)

    def remark(self, message: str) -> None:
        """Say on one line what is no failure."""
        self._tell(self._remark, message)

    def _tell(self, listener: Callable[[str], None], message: str) -> None:
        try:
            listener(redact(" ".join(message.split())))
        except Exception:  # noqa: BLE001 - there is nobody left to tell
            with self._lock:
                self._counts["say"] += 1

    def counts(self) -> Mapping[str, int]:
        """Return how often each component has failed."""
        with self._lock:
            own = dict(self._counts)
        return own | {component: own.get(component, 0) + count() for component, count in self._elsewhere.items()}


def describe(error: Exception) -> str:
    """Return what kind of error `error` is and what it says; one of the bot's own may fail to say anything."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}"
    except Exception:  # noqa: BLE001 - its text is the bot's own code
        return kind
