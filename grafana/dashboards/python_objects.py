"""Which type of Python object grows, and what does it cost to count them?"""

from collections.abc import Sequence

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.identifiers import OBJECTS_UID
from dashboards.page import Section, page
from dashboards.panels import ORANGE, AnyPanel, Column, bars, fact, graph, rows
from dashboards.queries import objects
from dashboards.queries.query import Query

_NO_HEAP = "no census: start the bot with `botvitals objects bot.py` (mode monitor sees no heap)"
_RUN = "run botvitals objects"
_NO_OWNERS = "owners are asked for: `botvitals objects --owners bot.py`"
_NOTHING_GROWS = f"nothing grows, or {_NO_HEAP}"
_PER_HOUR = "Judged by the last hour; by the last 15 or 3 minutes where the bot is younger than that."


def python_objects() -> Dashboard:
    """Return the dashboard: suspects, the heap's facts, types, modules with what they own, the census's cost."""
    return page(
        OBJECTS_UID,
        "Python objects",
        "Which type of Python object grows? What is in the heap, by type and by module.",
        [
            Section([_suspects(), _holders(), *_facts()]),
            Section(_types(), "Types"),
            Section(_modules(), "Modules"),
            Section(_census(), "What the census costs"),
        ],
        since="now-6h",
    )


def _growing(title: str, description: str, queries: Sequence[Query], *more: Column, width: int) -> AnyPanel:
    return rows(
        title,
        f"{description} {_PER_HOUR}",
        queries,
        columns=[
            Column("type", "Type"),
            Column("Value #A", "Bytes / h", unit="bytes", steps=((None, ORANGE),), width=105),
            Column("Value #B", "Objects / h", unit="short", width=105),
            *more,
        ],
        sorted_by="Bytes / h",
        size=(width, 9),
        nothing=_NOTHING_GROWS,
    )


def _suspects() -> AnyPanel:
    return _growing(
        "Suspects: classes that grow",
        "Classes of the bot and of its libraries whose objects take more and more memory. The one that only ever "
        "grows is the leak: look for the list, dict or cache that keeps its objects.",
        objects.SUSPECTS,
        Column("Value #C", "Bytes now", unit="bytes", width=105),
        width=14,
    )


def _holders() -> AnyPanel:
    return _growing(
        "What grows with them",
        "Strings, lists, dicts and other containers: they hang on the suspects or hold them. Where there is no "
        "suspect, the bot keeps plain data somewhere.",
        objects.HOLDERS,
        width=10,
    )


def _facts() -> list[AnyPanel]:
    return [
        fact(
            "Engine and mode",
            "How botvitals counts, and how it watches the bot. Mode monitor sees no heap: `botvitals objects bot.py`"
            " does.",
            objects.MODE,
            unit="none",
            size=(5, 3),
            labels=("mode", "engine"),
        ),
        fact(
            "Objects",
            "All Python objects, as the last census counted them.",
            objects.OBJECTS,
            unit="short",
            size=(5, 3),
            nothing=_RUN,
        ),
        fact(
            "Their bytes",
            "The size of all Python objects, each for itself.",
            objects.BYTES,
            unit="bytes",
            size=(5, 3),
            nothing=_RUN,
        ),
        fact(
            "Memory beyond objects",
            "Anonymous memory that no Python object explains: the allocator, native libraries. Where this grows and "
            "the objects do not, the leak is none of Python's.",
            objects.NOT_IN_OBJECTS,
            unit="bytes",
            size=(5, 3),
            nothing=_RUN,
        ),
        fact(
            "Last census",
            "How long ago the last good census was taken.",
            objects.CENSUS_AGE,
            unit="s",
            size=(4, 3),
            nothing=_RUN,
            has_line=False,
        ),
    ]


def _types() -> list[AnyPanel]:
    return [
        graph(
            "Types by size",
            "The ten types that take most memory at the end of the range, each object for itself.",
            objects.TYPES_BY_SIZE,
            unit="bytes",
            size=(14, 12),
            nothing=_NO_HEAP,
            is_stacked=True,
        ),
        bars(
            "Types by growth / h",
            f"The eight types that grow most, built-in ones too. {_PER_HOUR}",
            objects.TYPES_BY_GROWTH,
            unit="bytes",
            size=(10, 12),
            nothing=_RUN,
            has_long_names=True,
        ),
    ]


def _modules() -> list[AnyPanel]:
    return [
        graph(
            "Modules by size",
            "The eight top-level modules whose types take most memory, each object for itself.",
            objects.MODULES_BY_SIZE,
            unit="bytes",
            nothing=_NO_HEAP,
            is_stacked=True,
        ),
        bars(
            "Modules by growth / h",
            f"The eight top-level modules whose types grow most. {_PER_HOUR}",
            objects.MODULES_BY_GROWTH,
            unit="bytes",
            nothing=_RUN,
        ),
        graph(
            "Owners",
            "What belongs to the eight modules that own most: the objects of their classes with all that only these "
            "reach, strings and dicts too.",
            objects.OWNERS,
            unit="bytes",
            nothing=_NO_OWNERS,
            is_stacked=True,
        ),
    ]


def _census() -> list[AnyPanel]:
    return [
        graph(
            "Pause of the bot",
            "How long a census stopped the bot: the copying of the process, or with engine inline the whole count.",
            *objects.CENSUS_PAUSES,
            unit="s",
            nothing=_NO_HEAP,
        ),
        graph(
            "Duration and interval",
            "How long a census takes, and from one to the next: the interval stretches where a census costs too much.",
            *objects.CENSUS_TIMES,
            unit="s",
            nothing=_NO_HEAP,
        ),
        graph(
            "Censuses a minute, by outcome",
            "What became of them: all that are not ok were skipped or failed, and the panels show the last good one.",
            objects.CENSUS_OUTCOMES,
            unit="short",
            nothing=_NO_HEAP,
        ),
    ]
