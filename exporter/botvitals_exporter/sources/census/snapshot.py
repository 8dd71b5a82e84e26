"""Counting in a copy of the process, which the bot does not wait for."""

import os
import signal

from botvitals.language import gettext as _
from botvitals_exporter.sources.census.engine import CensusSkippedError, Tally
from botvitals_exporter.sources.census.native import CLONES_HERE, NativeCore
from botvitals_exporter.sources.census.native_rows import module_counts, owners, type_counts

CLONE_NAME = "botvitals-census"
"""How the copy is named in /proc/PID/comm, of which the kernel keeps the first 15 characters."""


class SnapshotEngine:
    """Counts in a copy-on-write clone, killed once it has taken `deadline_seconds`; the bot waits for the clone alone.

    The clone runs no code of the bot's, no at-fork hook either, raises no SIGCHLD, holds no descriptor, and offers
    itself first to the kernel's out-of-memory killer. `core` is None, and every count is skipped with `why_not`, where
    that cannot be done.
    """

    name = "snapshot"
    # The marks and the order (0.04 x RSS, 0.08 with owners), and what the bot writes to while the copy lives. Beside
    # bots that never rest 0.10 to 0.16 were measured in all, and 0.3 where one rewrites its whole heap; where that is
    # more than there is, the kernel kills the copy first.
    free_memory_ratio = 0.25
    has_died = False
    """Whether a copy has died of what it met on the heap."""

    def __init__(self, core: NativeCore | str, *, owners: bool = False, deadline_seconds: float = 60.0) -> None:
        self._core = core
        self._owners = owners
        self._deadline_seconds = deadline_seconds

    def count(self) -> Tally:
        """Count every object once. Raises CensusSkippedError where the copy cannot be made or does not answer."""
        if isinstance(self._core, str):
            raise CensusSkippedError(
                "unsupported", _("snapshot needs the native core: {reason}").format(reason=self._core)
            )
        if not CLONES_HERE:
            raise CensusSkippedError(
                "unsupported", _("this system cannot clone a process: the census needs --engine inline")
            )
        try:
            outcome, detail, pause_seconds, cpu_seconds, answer = self._core.count_in_clone(
                self._deadline_seconds, owners=self._owners
            )
        except MemoryError as error:
            raise CensusSkippedError("no_memory", _("there is no memory left to count in")) from error
        if outcome != "ok":
            raise self._skipped(outcome, detail)
        tracked_objects, types, modules = answer
        return Tally(
            type_counts(types),
            module_counts(types),
            pause_seconds=pause_seconds,
            cpu_seconds=cpu_seconds,
            tracked_objects=tracked_objects,
            owners=owners(types, modules) if self._owners else None,
        )

    def _skipped(self, outcome: str, detail: int) -> CensusSkippedError:
        if outcome == "deadline":
            text = _("the copy that counts took longer than {seconds:g} s").format(seconds=self._deadline_seconds)
            return CensusSkippedError("deadline", text)
        if outcome == "no_memory":
            return CensusSkippedError("no_memory", _("the copy that counts ran out of memory"))
        failed = _("the copy that counts failed: {reason}")
        if outcome == "clone_failed":
            return CensusSkippedError("clone_failed", failed.format(reason=os.strerror(detail)), is_harmless=True)
        # The kernel kills where memory runs out.
        self.has_died |= detail != signal.SIGKILL
        died = _("it died ({signal})").format(signal=(detail and signal.strsignal(detail)) or "?")
        return CensusSkippedError("clone_failed", failed.format(reason=died))
