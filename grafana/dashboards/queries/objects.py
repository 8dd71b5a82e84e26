"""Which type, which module? The heap by census, and what counting it costs."""

from botvitals_exporter.collectors.build import BUILD
from botvitals_exporter.collectors.census import CENSUSES, DURATION, INTERVAL, LAST_SUCCESS, PAUSE
from botvitals_exporter.collectors.heap import (
    HEAP_BYTES,
    HEAP_OBJECTS,
    MODULE_BYTES,
    MODULE_OWNED,
    TYPE_BYTES,
    TYPE_OBJECTS,
    UNEXPLAINED,
)
from botvitals_exporter.collectors.slots import OTHER
from botvitals_exporter.metric import Metric
from dashboards.queries.growth import growth_an_hour
from dashboards.queries.query import Query
from dashboards.queries.selectors import quantile, rate, series


def _grown(metric: Metric, label: str, *matchers: str) -> str:
    return f"sum by ({label}) ({growth_an_hour(metric, *matchers)})"


def _largest(number: int, metric: Metric, label: str) -> str:
    """Return `metric` by `label` over time, for those that are largest at the range's end: no line comes and goes."""
    by_label = f"sum by ({label})"
    at_end = f"last_over_time({series(metric)}[$__range] @ end())"
    return f"{by_label} ({series(metric)}) and topk({number}, {by_label} ({at_end}))"


# Built-in types are published without their module; containers of the standard library are as little of a lead.
_CLASSES = ('type=~".+[.].+"', 'type!~"(collections|weakref|functools|array)[.].+"')
_BYTES_AN_HOUR = _grown(TYPE_BYTES, "type", f'type!="{OTHER}"')
# A class of which there are more and more, and which is published still: slots change hands.
_SUSPICIOUS = (
    f"{_grown(TYPE_BYTES, 'type', *_CLASSES)} > 0 and on (type) ({_grown(TYPE_OBJECTS, 'type', *_CLASSES)} > 0)"
    f" and on (type) {series(TYPE_BYTES)}"
)


def _rows(which: str, *columns: str) -> tuple[Query, ...]:
    """Return the twelve of `which` types that grow most, and what else there is to say of them."""
    first = f"topk(12, {which})"
    others = (f"{column} and on (type) {first}" for column in columns)
    return tuple(Query(expression, is_instant=True) for expression in (first, *others))


_OBJECTS_AN_HOUR = _grown(TYPE_OBJECTS, "type")
SUSPECTS = _rows(_SUSPICIOUS, _OBJECTS_AN_HOUR, f"sum by (type) ({series(TYPE_BYTES)})")
HOLDERS = _rows(f"{_BYTES_AN_HOUR} > 0 unless on (type) ({_SUSPICIOUS})", _OBJECTS_AN_HOUR)

MODE = Query(f"max by (mode, engine) ({series(BUILD)})", is_instant=True)
OBJECTS = Query(f"sum({series(HEAP_OBJECTS)})")
BYTES = Query(f"sum({series(HEAP_BYTES)})")
NOT_IN_OBJECTS = Query(f"sum({series(UNEXPLAINED)})")
CENSUS_AGE = Query(f"max(time() - {series(LAST_SUCCESS)})")

TYPES_BY_SIZE = Query(_largest(10, TYPE_BYTES, "type"), "{{type}}")
TYPES_BY_GROWTH = Query(f"sort_desc(topk(8, {_grown(TYPE_BYTES, 'type')}))", "{{type}}", is_instant=True)
MODULES_BY_SIZE = Query(_largest(8, MODULE_BYTES, "module"), "{{module}}")
MODULES_BY_GROWTH = Query(f"sort_desc(topk(8, {_grown(MODULE_BYTES, 'module')}))", "{{module}}", is_instant=True)
OWNERS = Query(_largest(8, MODULE_OWNED, "module"), "{{module}}")

_MEAN_PAUSE = f"sum({rate(PAUSE, part='sum')}) / sum({rate(PAUSE, part='count')})"
CENSUS_PAUSE = Query(_MEAN_PAUSE, "mean")
CENSUS_PAUSES = (CENSUS_PAUSE, Query(quantile(0.99, PAUSE), "99th percentile"))
CENSUS_TIMES = (
    Query(f"max({series(DURATION)})", "a census takes"),
    Query(f"max({series(INTERVAL)})", "from one to the next"),
)
CENSUS_OUTCOMES = Query(f"60 * sum by (engine, outcome) ({rate(CENSUSES)}) > 0", "{{engine}}: {{outcome}}")
