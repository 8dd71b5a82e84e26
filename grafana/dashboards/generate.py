"""From code to the JSON that Grafana loads."""

import json
from collections.abc import Callable
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.bot_memory import bot_memory
from dashboards.bot_requests import bot_requests
from dashboards.python_objects import python_objects

DASHBOARDS: tuple[Callable[[], Dashboard], ...] = (bot_memory, python_objects, bot_requests)


def as_json(dashboard: Dashboard) -> str:
    """Return the JSON of `dashboard`, its keys in order, so that a change shows as what it is."""
    text = json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False)
    return text + "\n"


def write_dashboards(folder: Path) -> None:
    """Write each dashboard into `folder`, to a file of its uid's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for build in DASHBOARDS:
        dashboard = build()
        (folder / f"{dashboard.uid}.json").write_text(as_json(dashboard), encoding="utf-8")
