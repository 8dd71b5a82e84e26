"""Why was that reply slow? Operations and their segments, over the whole range and as they went."""

from botvitals_exporter.collectors.operations import ABANDONED, CHECKPOINT, DURATION, IN_PROGRESS
from dashboards.queries.query import Query
from dashboards.queries.selectors import increase_in_range, quantile, rate, series

_CHOSEN = 'operation=~"$operation"'
_ERRORS = 'outcome="error"'
_SEGMENT = "operation, checkpoint"

_COUNT = f"sum by (operation) ({increase_in_range(DURATION, _CHOSEN, part='count')})"
_SECONDS = f"sum by (operation) ({increase_in_range(DURATION, _CHOSEN, part='sum')})"
_SEGMENT_SECONDS = f"sum by ({_SEGMENT}) ({increase_in_range(CHECKPOINT, _CHOSEN, part='sum')})"
_ALL_SEGMENTS_SECONDS = f"sum by (operation) ({increase_in_range(CHECKPOINT, _CHOSEN, part='sum')})"

# One row an operation, over the whole range: bots have three requests an hour, of which a rate shows nothing.
COUNT = Query(f"round({_COUNT}) > 0", is_instant=True)
ERRORS = Query(
    f"round(sum by (operation) ({increase_in_range(DURATION, _CHOSEN, _ERRORS, part='count')}))", is_instant=True
)
MEAN = Query(f"{_SECONDS} / ({_COUNT} > 0)", is_instant=True)
P95 = Query(
    f"histogram_quantile(0.95, sum by (operation, le) ({increase_in_range(DURATION, _CHOSEN, part='bucket')}))",
    is_instant=True,
)
SLOWEST_SEGMENT = Query(
    f"topk by (operation) (1, {_SEGMENT_SECONDS} / on (operation) group_left () ({_ALL_SEGMENTS_SECONDS} > 0))",
    is_instant=True,
)
WHOLE_RANGE = (COUNT, ERRORS, MEAN, P95, SLOWEST_SEGMENT)

SECONDS_BY_SEGMENT = Query(
    f"sort_desc(topk(10, {_SEGMENT_SECONDS} / on (operation) group_left () ({_COUNT} > 0)))",
    "{{operation}}: {{checkpoint}}",
    is_instant=True,
)
SEGMENTS_OVER_TIME = Query(
    f"sum by ({_SEGMENT}) ({rate(CHECKPOINT, _CHOSEN, part='sum')})"
    f" and topk(10, sum by ({_SEGMENT}) (increase({series(CHECKPOINT, _CHOSEN, part='sum')}[$__range] @ end())))",
    "{{operation}}: {{checkpoint}}",
)
QUANTILES = tuple(
    Query(quantile(share, DURATION, _CHOSEN), name, has_exemplars=share == 0.5)
    for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
)
PER_MINUTE = Query(f"60 * sum by (operation) ({rate(DURATION, _CHOSEN, part='count')})", "{{operation}}")
ERRORS_PER_MINUTE = Query(
    f"60 * sum by (operation) ({rate(DURATION, _CHOSEN, _ERRORS, part='count')})", "{{operation}}"
)
RUNNING = Query(f"sum by (operation) ({series(IN_PROGRESS, _CHOSEN)})", "{{operation}}")
ABANDONED_TIMERS = Query(f"60 * sum by (operation) ({rate(ABANDONED, _CHOSEN)})", "{{operation}}")
