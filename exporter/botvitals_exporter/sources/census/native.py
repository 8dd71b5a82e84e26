"""The native core of the census, where this interpreter has one, and why not where it has none."""

import sys
from functools import cache
from types import ModuleType
from typing import Any

from botvitals.language import gettext as _
from botvitals_exporter.sources.census.freed_objects import module_that_leads_to_freed_objects

CLONES_HERE = sys.platform == "linux"
"""Whether a process can be cloned here as `snapshot` needs it."""


class NativeCore:
    """What the extension module `_native` offers, called as this process needs it.

    With `owners` it also finds out who owns what, which takes twice as long again as the count.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module: Any = module

    def count(self, *, owners: bool) -> Any:
        """Count in this process, with every thread waiting; raises MemoryError."""
        return self._module.count(_standard_library(), owners, module_that_leads_to_freed_objects())

    def count_in_clone(self, deadline_seconds: float, *, owners: bool) -> Any:
        """Count in a copy of this process and return (outcome, detail, pause, processor time, answer)."""
        not_followed = module_that_leads_to_freed_objects()
        return self._module.count_in_clone(_standard_library(), owners, not_followed, deadline_seconds)

    def tracked_up_to(self, limit: int) -> int:
        """Return how many objects the collector tracks, at most `limit`."""
        return int(self._module.tracked_up_to(limit))


@cache
def find_native_core() -> NativeCore | str:
    """Return the core, or why there is none."""
    try:
        from botvitals_exporter.sources.census import _native
    except Exception:  # noqa: BLE001 - it asks this interpreter questions, which may go wrong in any way
        return _("it was not built for this Python; with a C compiler, install botvitals anew")
    core = NativeCore(_native)
    try:
        core.tracked_up_to(1)
    except NotImplementedError:
        return _("it does not know this version of Python")
    return core


@cache
def _standard_library() -> bytes:
    return b"".join(name.encode() + b"\0" for name in sorted(sys.stdlib_module_names))
