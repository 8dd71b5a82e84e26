"""The bot's Python threads."""

import threading

from botvitals.redaction import redact
from botvitals_exporter.readings import ThreadReading, ThreadsReading


class ThreadsSource:
    """Reads the threads of the running process that Python knows of."""

    def read(self) -> ThreadsReading:
        """Return them in the order of `threading.enumerate()`."""
        return ThreadsReading(tuple(_reading(thread) for thread in threading.enumerate()))


def _reading(thread: threading.Thread) -> ThreadReading:
    # A subclass of the bot's may answer with anything, an exception included.
    try:
        return ThreadReading(redact(str(thread.name)), bool(thread.daemon), bool(thread.is_alive()))
    except Exception:  # noqa: BLE001 - whatever the bot's class raises, a listed thread is one that lives
        return ThreadReading(type(thread).__name__, daemon=False, alive=True)
