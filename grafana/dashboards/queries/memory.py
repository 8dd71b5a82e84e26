"""Why does memory grow? The layers of a bot's memory, its limit, and what grows."""

from botvitals_exporter.collectors.allocator import ALLOCATOR
from botvitals_exporter.collectors.children import RESIDENT_MEMORY as CHILD_RESIDENT_MEMORY
from botvitals_exporter.collectors.children import TREE_RESIDENT_MEMORY
from botvitals_exporter.collectors.event_loop import LAG, TASKS
from botvitals_exporter.collectors.garbage_collector import PAUSE as GC_PAUSE
from botvitals_exporter.collectors.heap import HEAP_BYTES, TYPE_BYTES, UNEXPLAINED
from botvitals_exporter.collectors.memory_limit import LIMIT
from botvitals_exporter.collectors.process import (
    CPU,
    MEMORY_BY_KIND,
    OPEN_FDS,
    RESIDENT_MEMORY,
    START_TIME,
)
from botvitals_exporter.collectors.process import THREADS as ALL_THREADS
from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.collectors.threads import THREADS
from dashboards.queries.growth import STEADY, growth_an_hour
from dashboards.queries.query import Query
from dashboards.queries.selectors import quantile, rate, series

_SAME_BOT = "on (job, instance)"
_TREE = series(TREE_RESIDENT_MEMORY)
_LIMIT = series(LIMIT)
_UNEXPLAINED = series(UNEXPLAINED)
_NAMED_TYPES = f'type!="{OTHER}"'
_FREED = series(ALLOCATOR, 'state="free"')
_ANONYMOUS = series(MEMORY_BY_KIND, 'kind=~"anonymous|swap"')
_IN_FILES = series(MEMORY_BY_KIND, 'kind=~"file|shared"')
_RESIDENT = series(RESIDENT_MEMORY)
_GROWTH = growth_an_hour(TREE_RESIDENT_MEMORY)

UPTIME = Query(f"time() - max({series(START_TIME)})")
RESIDENT = Query(f"sum({_RESIDENT})")
SHARE_OF_LIMIT = Query(f"max({_TREE} / {_LIMIT})")
GROWTH = Query(f"sum({_GROWTH})")
# A bot that does not grow reaches its limit in ages, which the panel puts into words.
SECONDS_TO_LIMIT = Query(
    f"3600 * min(({_LIMIT} - {_TREE}) / clamp_min({growth_an_hour(TREE_RESIDENT_MEMORY, windows=STEADY)}, 1))"
)


def _growers() -> str:
    """Return growth in bytes an hour of types and of children; `grower` says which."""
    types = f"sum by (type) ({growth_an_hour(TYPE_BYTES, _NAMED_TYPES)})"
    children = f"sum by (role) ({growth_an_hour(CHILD_RESIDENT_MEMORY)})"
    return (
        f'label_replace({types}, "grower", "$1", "type", "(.*)")'
        f' or label_replace({children}, "grower", "child $1", "role", "(.*)")'
    )


BIGGEST_GROWER = Query(f"topk(1, {_growers()})", "{{grower}}", is_instant=True)
GROWERS = Query(f"sort_desc(topk(8, {_growers()}))", "{{grower}}", is_instant=True)

PYTHON_OBJECTS = Query(f"sum({series(HEAP_BYTES)})", "Python objects")
FREED_BUT_KEPT = Query(f"sum({_FREED} and {_SAME_BOT} {_UNEXPLAINED})", "freed, kept by the allocator")
OTHER_NATIVE = Query(
    f"sum(clamp_min({_UNEXPLAINED} - {_SAME_BOT}"
    f" (sum by (job, instance) ({_FREED}) or {_SAME_BOT} 0 * {_UNEXPLAINED}), 0))",
    "other native memory",
)
FILES = Query(f"sum({_IN_FILES})", "files and shared memory")
# What a bot has whose heap nobody sees (Linux), and what is left of RSS where the system does not tell kinds apart.
NOT_TOLD_APART = Query(
    f"sum(sum by (job, instance) ({_ANONYMOUS}) unless {_SAME_BOT} {_UNEXPLAINED}"
    f" or {_SAME_BOT} (clamp_min({_RESIDENT} - {_SAME_BOT}"
    f" ({series(HEAP_BYTES)} or {_SAME_BOT} 0 * {_RESIDENT}), 0)"
    f" unless {_SAME_BOT} {series(MEMORY_BY_KIND)}))",
    "not told apart: run botvitals objects",
)
CHILDREN = Query(f"sum by (role) ({series(CHILD_RESIDENT_MEMORY)})", "child {{role}}")
# Of one bot, and once it is in sight: a limit far above would press all else to the ground.
NEAR_LIMIT = Query(f"sum({_LIMIT}) < 4 * sum({_TREE}) and count({_LIMIT}) == 1", "limit")
LAYERS = (PYTHON_OBJECTS, FREED_BUT_KEPT, OTHER_NATIVE, NOT_TOLD_APART, FILES, CHILDREN, NEAR_LIMIT)

THREADS_BY_KIND = (
    Query("sum(" + series(THREADS, 'daemon="false"') + ")", "Python"),
    Query("sum(" + series(THREADS, 'daemon="true"') + ")", "Python, daemon"),
    Query(f"sum({series(ALL_THREADS)})", "all, native ones too"),
)
# The mean, exact where a quantile of a few long pauses would say where a bucket ends.
GC_PAUSES = Query(
    f"sum by (generation) ({rate(GC_PAUSE, part='sum')}) / sum by (generation) ({rate(GC_PAUSE, part='count')})",
    "generation {{generation}}",
)
LOOP_LAG = (Query(quantile(0.5, LAG), "median"), Query(quantile(0.99, LAG), "99th percentile"))
CPU_USED = Query(f"sum by (instance) ({rate(CPU)})", "{{instance}}")
LOOP_TASKS = Query(f"sum({series(TASKS)})", "tasks")
OPEN_FILES = Query(f"sum({series(OPEN_FDS)})", "open file descriptors")

# One row a bot, known by its instance.
BOTS = (
    Query(f"max by (instance) ({_GROWTH})", is_instant=True),
    Query(f"max by (job, instance) ({_TREE})", is_instant=True),
    Query(f"max by (instance) ({_TREE} / {_LIMIT})", is_instant=True),
    Query(f"max by (instance) (time() - {series(START_TIME)})", is_instant=True),
)
