"""Growth an hour that a restart does not distort, and that a bot shows minutes after its start."""

from botvitals_exporter.collectors.process import START_TIME
from botvitals_exporter.metric import Metric
from dashboards.queries.selectors import series

Windows = tuple[tuple[str, str], ...]

# How far back to look, and how old a bot must be for it: its start, when everything grows, stays outside.
STEADY: Windows = (("1h", "70m"), ("15m", "20m"))
_AT_ONCE: Windows = (*STEADY, ("3m", "4m"))


def growth_an_hour(metric: Metric, *matchers: str, windows: Windows = _AT_ONCE) -> str:
    """Return how much `metric` grows in an hour, judged by the longest window that the bot is old enough for.

    A bot younger than four minutes has none, or with the `STEADY` windows one younger than twenty. The slope is
    of least squares: one high sample does not make a leak.
    """
    uptime = f"time() - {series(START_TIME)}"
    slopes = [
        f"deriv({series(metric, *matchers)}[{window}]) and on (job, instance) ({uptime} >= {age})"
        for window, age in windows
    ]
    return f"3600 * ({' or '.join(slopes)})"
