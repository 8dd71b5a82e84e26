"""Which engines a name stands for."""

from botvitals.language import gettext as _
from botvitals_exporter.sources.census.cheaper import Cheaper
from botvitals_exporter.sources.census.engine import Always, EngineChoice
from botvitals_exporter.sources.census.inline import InlineEngine, PythonEngine
from botvitals_exporter.sources.census.muppy import MuppyEngine
from botvitals_exporter.sources.census.native import CLONES_HERE, find_native_core
from botvitals_exporter.sources.census.snapshot import SnapshotEngine

ENGINE_NAMES = ("auto", "snapshot", "inline", "pympler")


def engine_named(name: str, *, owners: bool = False) -> EngineChoice:
    """Return what counts under that name: `auto` takes the cheaper of `snapshot` and `inline`.

    With `owners` the native core also finds out who owns what. Raises ValueError for an unknown name and for owners
    asked of pympler, MissingExtraError where the engine's library is not installed.
    """
    core = find_native_core()
    why_not = core if isinstance(core, str) else None
    if why_not is not None and owners:
        why_not = _("{reason}; who owns what stays unknown").format(reason=why_not)
    if name == "pympler":
        if owners:
            raise ValueError(_("the engine pympler does not know who owns what"))
        return Always(MuppyEngine(), is_native=False)
    if name == "snapshot":
        return Always(SnapshotEngine(core, owners=owners), is_native=why_not is None, not_native=why_not)
    if name not in ENGINE_NAMES:
        raise ValueError(_("engine must be one of {names}").format(names=", ".join(ENGINE_NAMES)))
    if isinstance(core, str):
        return Always(PythonEngine(), is_native=False, not_native=why_not)
    inline = InlineEngine(core, owners=owners)
    if name == "auto" and CLONES_HERE:
        return Cheaper(core, SnapshotEngine(core, owners=owners), inline)
    return Always(inline, is_native=True)
