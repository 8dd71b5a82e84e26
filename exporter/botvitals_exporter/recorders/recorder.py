"""The two files that a watching verb writes: the blocks as text, and one JSON object for each."""

import errno
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from botvitals.language import gettext as _
from botvitals_exporter.failures import Failures
from botvitals_exporter.recorders.records import Record
from botvitals_exporter.recorders.rotating_file import MAX_BYTES, RotatingFile

JSON_SUFFIX = ".jsonl"

# Where `monitor` records, below the working directory, unless it is told otherwise.
MONITOR_FOLDER = Path("data", "memory_diagnostics")


class Recorder:
    """Appends text to `path` and JSON lines to `path` with `.jsonl` added, each file bounded by `max_bytes`.

    What cannot be written is lost, said once for each reason, and counted as a failure of `output`; the next block is
    tried again. JSON is written as ASCII, which every reader takes, whatever encoding it expects.
    """

    def __init__(self, path: Path, failures: Failures, *, max_bytes: int = MAX_BYTES) -> None:
        self._text = RotatingFile(path, max_bytes=max_bytes)
        self._json = RotatingFile(Path(f"{path}{JSON_SUFFIX}"), max_bytes=max_bytes)
        self._failures = failures

    def begin(self) -> None:
        """Make both files now: what cannot be written is then said at once, not only when the first block is due."""
        self._append(self._text, lambda: "")
        self._append(self._json, lambda: "")

    def record(self, text_block: str, record: Record) -> None:
        """Write what one interval saw. Never raises for what the disk does."""
        self._append(self._text, lambda: f"{text_block}\n")
        self._append(self._json, lambda: _json_line(record))

    def _append(self, file: RotatingFile, text: Callable[[], str]) -> None:
        try:
            file.append(text().encode("utf-8", "replace"))
        except (OSError, ValueError) as error:
            reason, kind = str(error), type(error).__name__
            if isinstance(error, OSError) and error.errno:
                reason, kind = os.strerror(error.errno), errno.errorcode.get(error.errno, kind)
            message = _("cannot write {path}: {reason}; the bot runs on, and the next interval is tried again")
            self._failures.note("output", message.format(path=file.path, reason=reason), kind=kind)


def _json_line(record: Record) -> str:
    return json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n"


def monitor_recording_path(output_dir: Path, pid: int, started: float) -> Path:
    """Return the file in `output_dir` for what `monitor` sees of the process `pid` from `started` (epoch seconds) on.

    A name that exists already is somebody else's, who began in the same second: then the next second's is taken.
    """
    while True:
        stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(started))
        path = output_dir / f"process_monitor_{stamp}_pid{pid}.txt"
        if not os.path.lexists(path):
            return path
        started += 1
