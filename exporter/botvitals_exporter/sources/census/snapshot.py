"""Counting in a copy of the process, which the bot does not wait for."""

import gc
import json
from collections.abc import Callable

from botvitals.language import gettext as _
from botvitals_exporter.readings import ModuleCount, TypeCount
from botvitals_exporter.sources.census.clone import CLONES_HERE, run_in_clone
from botvitals_exporter.sources.census.engine import CensusSkippedError, Tally
from botvitals_exporter.sources.census.walk import count_heap


class SnapshotEngine:
    """Counts in a forked copy, killed once it has taken `deadline_seconds`; the bot stands still for the fork alone.

    Forking a bot with threads runs the at-fork hooks of everything that it has loaded; that is why this engine must be
    asked for by name.
    """

    name = "snapshot"
    free_memory_ratio = 2.0  # counting takes references, and so copies nearly every page: measured 1.65 x RSS

    def __init__(self, deadline_seconds: float = 60.0) -> None:
        self._deadline_seconds = deadline_seconds

    def count(self) -> Tally:
        """Count every object once. Raises CensusSkippedError where the copy cannot be made or does not answer."""
        if not CLONES_HERE:
            raise CensusSkippedError(
                "unsupported", _("this system cannot fork a process: the census needs --engine inline")
            )
        clone = run_in_clone(_count, self._deadline_seconds)
        answer = json.loads(clone.answer)
        return Tally(
            tuple(TypeCount(*row) for row in answer["types"]),
            tuple(ModuleCount(*row) for row in answer["modules"]),
            pause_seconds=clone.fork_seconds,
            cpu_seconds=clone.fork_seconds + clone.cpu_seconds,
            tracked_objects=answer["tracked"],
        )


def _count(between_chunks: Callable[[], object]) -> bytes:
    gc.unfreeze()  # in the copy only: then the collector lists what the bot has frozen, too
    totals = count_heap(between_chunks)
    return json.dumps(
        {
            "types": [(count.name, count.objects, count.size_bytes) for count in totals.types()],
            "tracked": totals.tracked_objects,
            "modules": [(count.name, count.objects, count.size_bytes) for count in totals.modules()],
        }
    ).encode()
