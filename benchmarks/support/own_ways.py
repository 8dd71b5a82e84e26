"""botvitals' ways to count."""

from botvitals_exporter.sources.census.engine import Always, EngineChoice, Tally
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.census.inline import PythonEngine
from botvitals_exporter.sources.census.names import type_name
from support.heap import Message
from support.ways import Found


class EngineWay:
    """An engine as the exporter uses it; of a choice the first."""

    def __init__(self, choice: EngineChoice) -> None:
        self.choice = choice
        self._engine = choice.engines[0]

    def count(self) -> Tally:
        """Count by type and by module, with sizes."""
        return self._engine.count()

    def found(self, counted: Tally) -> Found:
        """Read the types."""
        own = sum(count.objects for count in counted.types if count.name == type_name(Message))
        return Found(sum(count.objects for count in counted.types), own, counted.pause_seconds)


def snapshot() -> EngineWay:
    """Return the engine that counts in a copy of the process."""
    return EngineWay(engine_named("snapshot"))


def snapshot_owners() -> EngineWay:
    """Return the same, which also finds out who owns what."""
    return EngineWay(engine_named("snapshot", owners=True))


def inline() -> EngineWay:
    """Return the engine that counts in the process."""
    return EngineWay(engine_named("inline"))


def python_walk() -> EngineWay:
    """Return what counts where there is no native core, whether or not there is one here."""
    return EngineWay(Always(PythonEngine(), is_native=False))
