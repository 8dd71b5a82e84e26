"""The generated dashboards as Grafana reads them, and their queries with the variables filled in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRAFANA = Path(__file__).parents[1] / "grafana"
GENERATED = GRAFANA / "generated"


@dataclass(frozen=True)
class Asked:
    """A query of a dashboard: where it stands, what it asks, and how."""

    place: str
    expression: str
    is_instant: bool = False
    has_exemplars: bool = False


def dashboards() -> dict[str, dict[str, Any]]:
    """Return the committed dashboards by uid."""
    read = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(GENERATED.glob("*.json")))
    return {dashboard["uid"]: dashboard for dashboard in read}


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all panels that ask for something."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Asked]:
    """Yield the queries of all panels and annotations."""
    for uid, dashboard in dashboards().items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield Asked(
                    f"{uid}: {panel['title']} {target['refId']}",
                    target["expr"],
                    is_instant=target.get("instant", False),
                    has_exemplars=target.get("exemplar", False),
                )
        for annotation in dashboard["annotations"]["list"]:
            yield Asked(f"{uid}: {annotation['name']}", annotation["target"]["expr"])


def filled_in(expression: str, *, job: str, instance: str, operation: str = ".+", seconds: int = 60) -> str:
    """Return `expression` as Grafana sends it for a range of `seconds`."""
    values = {
        "job": job,
        "instance": instance,
        "operation": operation,
        "__rate_interval": "10s",
        "__interval": "1s",
        "__range": f"{seconds}s",
    }
    # What is no variable stays, as in Grafana: label_replace has its own $1.
    return re.sub(r"\$(\w+)", lambda match: values.get(match[1], match[0]), expression)


def metric_names(expression: str) -> set[str]:
    """Return the names of metrics, recorded ones too, in a PromQL expression."""
    return set(re.findall(r"[\w:]*botvitals_[\w:]+|\btarget_info\b", expression))


def selectors(expression: str) -> list[str]:
    """Return the instant selectors of botvitals' metrics in a PromQL expression."""
    return re.findall(r"botvitals_\w+\{[^}]*\}", expression)
