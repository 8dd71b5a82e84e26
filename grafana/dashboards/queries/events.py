"""What happened: restarts, kills for want of memory, new versions. Annotations in all dashboards."""

from botvitals_exporter.collectors.build import BUILD
from botvitals_exporter.collectors.memory_limit import OOM_KILLS
from botvitals_exporter.collectors.process import START_TIME
from dashboards.queries.selectors import series

# In milliseconds, as Grafana takes a time that is itself the value.
STARTS = f"1000 * {series(START_TIME)}"
KILLS = f"ceil(increase({series(OOM_KILLS)}[$__rate_interval]))"

_BEFORE = f"last_over_time({series(BUILD)}[1d] offset $__interval)"
# 1 where a bot that was known runs a version, of botvitals or of Python, that it did not run in the day before; else 0.
NEW_VERSIONS = f"({series(BUILD)} unless {_BEFORE} and on (job, instance) {_BEFORE}) or 0 * {series(BUILD)}"
