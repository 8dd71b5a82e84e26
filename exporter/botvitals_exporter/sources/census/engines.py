"""Which engine a name stands for."""

from collections.abc import Callable

from botvitals.language import gettext as _
from botvitals_exporter.sources.census.engine import Engine
from botvitals_exporter.sources.census.inline import InlineEngine
from botvitals_exporter.sources.census.muppy import MuppyEngine
from botvitals_exporter.sources.census.snapshot import SnapshotEngine

_ENGINES: dict[str, Callable[[], Engine]] = {
    "auto": InlineEngine,
    "snapshot": SnapshotEngine,
    "inline": InlineEngine,
    "pympler": MuppyEngine,
}
ENGINE_NAMES = tuple(_ENGINES)


def engine_named(name: str) -> Engine:
    """Return the engine of that name; `auto` picks one.

    Raises ValueError for an unknown name, MissingExtraError where the engine's library is not installed.
    """
    if name not in _ENGINES:
        raise ValueError(_("engine must be one of {names}").format(names=", ".join(ENGINE_NAMES)))
    return _ENGINES[name]()
