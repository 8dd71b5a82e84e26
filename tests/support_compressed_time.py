"""Weeks of a bot in a minute: durations in rules and queries divided by a number, so that a test need not wait."""

import re

# Prometheus would scrape more often than a bot counts, and a range would hold less than two samples.
_SHORTEST_SECONDS = 0.5
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(?<![\w.$])(\d+)([smhd])(?![\w])")
_AMOUNT = re.compile(r"(?<=> )(\d+e\d+)\b")


def compressed(text: str, factor: int) -> str:
    """Return rules or a query for a time that runs `factor` times as fast.

    What grows at one pace grows by a `factor`th in as much less time, so the amounts that alerts ask for, written as
    1e6, are divided too.
    """
    text = _AMOUNT.sub(lambda match: str(float(match[1]) / factor), text)
    return _DURATION.sub(lambda match: _shorter(int(match[1]) * _SECONDS[match[2]] / factor), text)


def _shorter(seconds: float) -> str:
    return f"{round(max(seconds, _SHORTEST_SECONDS) * 1000)}ms"
