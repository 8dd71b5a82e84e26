"""Why does my bot's memory grow?"""

from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models.common import BigValueTextMode
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardRangeMapOptions,
    RangeMap,
    ValueMappingResult,
)

from dashboards.identifiers import MEMORY_UID
from dashboards.page import Section, page
from dashboards.panels import BLUE, GREEN, ORANGE, RED, YELLOW, AnyPanel, Column, bars, fact, graph, rows
from dashboards.queries import memory

_TOO_EARLY = "too early, or no data"
_FROM_INSIDE = "seen from inside the bot alone: botvitals objects bot.py"
_DAY_SECONDS = 86_400
_OUT_OF_SIGHT_DAYS = 30
_FULLNESS = ((None, GREEN), (0.5, YELLOW), (0.8, RED))
_PER_HOUR = "Judged by the last hour; by the last 15 or 3 minutes where the bot is younger than that."


def bot_memory() -> Dashboard:
    """Return the dashboard: facts, then the layers of memory under their limit, then the bot's pulse."""
    return page(
        MEMORY_UID,
        "Bot memory",
        "Why does my bot's memory grow? Which layer of it, and what in it.",
        [
            Section([*_facts(), _layers(), _growers()]),
            Section(_pulse(), "Pulse"),
            Section([_bots()], "Every bot"),
        ],
        since="now-6h",
    )


def _facts() -> list[AnyPanel]:
    return [
        fact(
            "Uptime",
            "Time since the bot's process started; the youngest of the selected bots.",
            memory.UPTIME,
            unit="dtdurations",
            has_line=False,
        ),
        fact(
            "RSS",
            "Memory of the bots' own processes that is in RAM.",
            memory.RESIDENT,
            unit="bytes",
        ),
        fact(
            "Limit used",
            "Memory of bot and children as a share of the smallest limit that holds for it: of its control group or "
            "one above, else the machine's RAM.",
            memory.SHARE_OF_LIMIT,
            unit="percentunit",
            steps=_FULLNESS,
        ),
        fact(
            "Growth / h",
            f"How fast the memory of bot and children grows. {_PER_HOUR}",
            memory.GROWTH,
            unit="bytes",
            nothing=_TOO_EARLY,
        ),
        _time_to_limit(),
        fact(
            "Top grower / h",
            f"The type of Python object or the child process that grows most, and how much. {_PER_HOUR}",
            memory.BIGGEST_GROWER,
            unit="bytes",
            nothing=_TOO_EARLY,
            text_mode=BigValueTextMode.VALUE_AND_NAME,
        ),
    ]


def _time_to_limit() -> stat.Panel:
    panel = fact(
        "Until limit",
        "When bot and children reach their limit if they go on growing as in the last hour, or the last 15 minutes.",
        memory.SECONDS_TO_LIMIT,
        unit="dtdurations",
        nothing=_TOO_EARLY,
        has_line=False,
        steps=((None, "text"), (0, RED), (_DAY_SECONDS, ORANGE), (7 * _DAY_SECONDS, GREEN)),
    )
    out_of_sight = DashboardRangeMapOptions(
        from_val=_OUT_OF_SIGHT_DAYS * _DAY_SECONDS,
        to=1e18,
        result=ValueMappingResult(text="not in sight", color=GREEN, index=0),
    )
    return panel.mappings([RangeMap(out_of_sight)])


def _layers() -> AnyPanel:
    colors = {
        memory.PYTHON_OBJECTS.legend: BLUE,
        memory.FREED_BUT_KEPT.legend: YELLOW,
        memory.OTHER_NATIVE.legend: "purple",
        memory.NOT_TOLD_APART.legend: "semi-dark-blue",
        memory.FILES.legend: "#8e8e8e",
        memory.NEAR_LIMIT.legend: RED,
    }
    return graph(
        "Where the memory is",
        "The layers of the bot's memory, its children on top. Python objects grow: look at the types. Freed memory "
        "that the allocator keeps grows: fragmentation, not a leak. Other native memory grows: an extension module, "
        "or memory that no object shows. The limit is drawn once a quarter of it is used, and for one bot alone.",
        *memory.LAYERS,
        unit="bytes",
        size=(16, 12),
        is_stacked=True,
        colors=colors,
        shades=("/^child /", GREEN),
        ceiling=memory.NEAR_LIMIT.legend,
    )


def _growers() -> AnyPanel:
    return bars(
        "What grows / h",
        f"Types of Python objects by their own size, and child processes, that grow most. {_PER_HOUR}",
        memory.GROWERS,
        unit="bytes",
        size=(8, 12),
        nothing=_TOO_EARLY,
        has_long_names=True,
    )


def _pulse() -> list[AnyPanel]:
    return [
        graph(
            "Threads",
            "Threads of the bot: as Python knows them, and as the system counts them, those of native libraries too.",
            *memory.THREADS_BY_KIND,
            unit="short",
        ),
        graph(
            "Garbage collector pauses",
            "How long a collection stops the bot on the mean, by generation. Generation 2 looks at every object: its "
            "pauses grow with the heap.",
            memory.GC_PAUSES,
            unit="s",
            nothing=_FROM_INSIDE,
            is_sparse=True,
        ),
        graph(
            "Event loop lag",
            "How late the asyncio event loop runs what is due. Every reply waits that long, again and again.",
            *memory.LOOP_LAG,
            unit="s",
            nothing=_FROM_INSIDE,
        ),
        graph(
            "Event loop tasks",
            "Tasks that are not done. A number that only rises is a leak of tasks.",
            memory.LOOP_TASKS,
            unit="short",
            nothing=_FROM_INSIDE,
        ),
        graph(
            "Open files",
            "Open file descriptors. A number that only rises is a leak of files or connections.",
            memory.OPEN_FILES,
            unit="short",
        ),
        graph(
            "Processor",
            "Processor time a second: 100 % is one core.",
            memory.CPU_USED,
            unit="percentunit",
        ),
    ]


def _bots() -> AnyPanel:
    only_this = (
        f"/d/{MEMORY_UID}?var-instance=${{__value.raw:percentencode}}&${{__url_time_range}}&${{datasource:queryparam}}"
    )
    return rows(
        "Bots",
        "One row a bot, the fastest growing first; click one to see it alone.",
        memory.BOTS,
        sorted_by="Growth / h",
        columns=[
            Column("instance", "Bot", link=only_this),
            Column("Value #A", "Growth / h", unit="bytes"),
            Column("job", "Job"),
            Column("Value #B", "Memory with children", unit="bytes"),
            Column("Value #C", "Limit used", unit="percentunit", steps=_FULLNESS),
            Column("Value #D", "Uptime", unit="dtdurations"),
        ],
    )
