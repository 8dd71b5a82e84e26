"""The dashboards and rules over a real Prometheus, which scrapes the demo bot from inside and outside and is pushed to.

Time runs 600 times as fast, in the configuration, the rules and the queries: an hour is six seconds.
"""

import json
import os
import re
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from support_compose import ROOT, composed_prometheus, read_yaml
from support_compressed_time import compressed
from support_dashboards import GRAFANA, Asked, dashboards, filled_in, queries, selectors
from support_programs import BOTVITALS, eventually, free_port, get, running

FACTOR = 600
SCRAPED, PUSHED = "demo_bot", "pushing_bot"
LEAKING = "picture_bot.history.ChatMessage"
# These say something by saying nothing, but what they are made of has data all the same, which is tested: the limit is
# drawn for one bot alone and near its memory, and only a bot seen from outside has memory that is not told apart.
LIMIT = "botvitals-memory: Where the memory is G"
NOT_TOLD_APART = "botvitals-memory: Where the memory is D"


@dataclass(frozen=True)
class Watched:
    """A Prometheus that scrapes the demo bot at two addresses: from inside, and `botvitals monitor` on its process.

    The bot pushes too, with another job.
    """

    url: str
    inside: str
    outside: str

    def ask(self, path: str, **parameters: str | float) -> Any:
        query = urllib.parse.urlencode(parameters)
        answer = json.loads(get(f"{self.url}/api/v1/{path}?{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def samples(self, expression: str, *, is_instant: bool = True) -> list[tuple[dict[str, str], float]]:
        """Return labels and last value of each series, whose value is a number."""
        now = time.time()
        if is_instant:
            rows = self.ask("query", query=expression, time=now)["result"]
            pairs = [(row["metric"], float(row["value"][1])) for row in rows]
        else:
            rows = self.ask("query_range", query=expression, start=now - 15, end=now, step=1)["result"]
            values = [(row["metric"], [float(value) for _, value in row["values"]]) for row in rows]
            pairs = [(labels, next((v for v in reversed(known) if v == v), float("nan"))) for labels, known in values]
        return [(labels, value) for labels, value in pairs if value == value]

    def filled_in(self, expression: str, *, job: str = SCRAPED, instance: str = ".+") -> str:
        # A string of PromQL holds its backslashes twice.
        return filled_in(compressed(expression, FACTOR), job=job, instance=instance.replace("\\", "\\\\"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    inside, outside = free_port(), free_port()
    objects = (
        *("objects", "--owners", "--interval", "1", "--fixed-interval", "--port", str(inside), "--quiet"),
        *("--spans", str(folder / "spans.jsonl"), "bot.py", "--leak", "--every", "0.1", "--errors", "0.2"),
    )
    addresses = [f"127.0.0.1:{port}" for port in (inside, outside)]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "bot.log").open("w"))
        url = stack.enter_context(composed_prometheus(folder, addresses, factor=FACTOR))
        environment = {
            **os.environ,
            "OTEL_SERVICE_NAME": PUSHED,
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{url}/api/v1/otlp/v1/metrics",
        }
        demo = ROOT / "examples" / "demo_bot"
        bot = stack.enter_context(running(*BOTVITALS, *objects, cwd=demo, env=environment, stdout=log, stderr=log))
        monitor = ("monitor", "--interval", "1", "--port", str(outside), "--quiet", "--output-dir", str(folder))
        stack.enter_context(running(*BOTVITALS, *monitor, "--pid", str(bot.pid), stdout=log, stderr=log))
        yield Watched(url, *addresses)


@pytest.fixture(scope="module")
def for_an_hour(watched: Watched) -> Watched:
    """Wait until the bot is as old as the longest window of the dashboards asks for, and each of its flows has run."""
    hour = compressed("time() - botvitals_process_start_time_seconds > 75m", FACTOR)
    eventually(lambda: watched.samples(hour), "the bot has run for an hour and a quarter")
    for operation in ("button_click", "photo_message", "confirm_generation", "image_api_call", "image_webhook"):
        ended = f'sum(botvitals_operation_duration_seconds_count{{operation="{operation}"}}) > 0'
        eventually(lambda ended=ended: watched.samples(ended), f"{operation} has ended")
    return watched


def has_data(watched: Watched, query: Asked, job: str) -> bool:
    expression = watched.filled_in(query.expression, job=job)
    return bool(watched.samples(expression, is_instant=query.is_instant))


@pytest.mark.parametrize(("job", "silent"), [(SCRAPED, {LIMIT}), (PUSHED, {LIMIT, NOT_TOLD_APART})])
def test_each_query_of_each_panel_returns_data(for_an_hour, job, silent) -> None:
    asked = list(queries())
    assert len(asked) > 60

    def without_data() -> set[str]:
        return {query.place for query in asked if not has_data(for_an_hour, query, job)}

    # A segment, a collection of the oldest generation, a child may be some seconds away still.
    eventually(lambda: without_data() <= silent, f"data for {without_data()} of {job}")
    for query in asked:
        if query.place in silent:
            for selector in selectors(query.expression):
                assert for_an_hour.samples(for_an_hour.filled_in(selector, job=job)), selector


def test_each_rule_asks_of_series_that_there_are(for_an_hour) -> None:
    path = GRAFANA / "prometheus" / "rules"
    for file in path.iterdir():
        for rule in (rule for group in read_yaml(file)["groups"] for rule in group["rules"]):
            expression = compressed(rule["expr"], FACTOR)
            for_an_hour.samples(expression)
            for metric in set(re.findall(r"[\w:]*botvitals_\w+[\w:]*(?:\{[^}]*\})?", expression)):
                selector = re.sub(r'outcome="error"', 'outcome=~".+"', metric)
                eventually(lambda selector=selector: for_an_hour.samples(selector), f"{rule}: {selector}")
    health = for_an_hour.ask("rules")["groups"]
    eventually(lambda: _all_evaluated(for_an_hour), f"every rule is evaluated: {health}")


def _all_evaluated(watched: Watched) -> bool:
    groups = watched.ask("rules")["groups"]
    return all(rule["health"] == "ok" for group in groups for rule in group["rules"])


def test_exemplars_of_the_requests_dashboard_lead_to_spans(for_an_hour) -> None:
    [query] = [query for query in queries() if query.has_exemplars]
    expression = for_an_hour.filled_in(query.expression)
    now = time.time()
    found = for_an_hour.ask("query_exemplars", query=expression, start=now - 120, end=now)
    assert {len(exemplar["labels"]["trace_id"]) for series in found for exemplar in series["exemplars"]} == {32}


def test_the_variables_offer_the_bots_and_their_operations(for_an_hour) -> None:
    offered: dict[str, set[str]] = {}
    for dashboard in dashboards().values():
        for variable in dashboard["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]).groups()  # type: ignore[union-attr]
                values = for_an_hour.ask(f"label/{label}/values", **{"match[]": for_an_hour.filled_in(selector)})
                offered.setdefault(label, set()).update(values)
    assert offered["job"] == {SCRAPED, PUSHED}
    assert offered["instance"] == {for_an_hour.inside, for_an_hour.outside}
    assert {"button_click", "confirm_generation", "image_webhook"} <= offered["operation"]


def test_an_empty_range_is_no_error(watched) -> None:
    for query in queries():
        expression = watched.filled_in(query.expression)
        assert watched.ask("query", query=expression, time=time.time() - 86_400)["result"] == []


def test_without_a_heap_to_see_memory_is_not_told_apart_and_children_are(for_an_hour) -> None:
    layers = [query for query in queries() if query.place.startswith("botvitals-memory: Where the memory is")]
    outside = re.escape(for_an_hour.outside)
    seen = {
        query.place[-1]
        for query in layers
        if for_an_hour.samples(for_an_hour.filled_in(query.expression, instance=outside))
    }
    # D, E and F: not told apart, files, children.
    assert {"D", "E", "F"} <= seen <= {"D", "E", "F", "G"}


def test_a_leak_fires_the_alert_and_heads_the_suspects(for_an_hour) -> None:
    firing = f'ALERTS{{alertname="BotvitalsTypeGrows",alertstate="firing",type="{LEAKING}"}}'
    for job in (SCRAPED, PUSHED):
        of_job = firing.replace("{", f'{{job="{job}",')
        [(labels, _)] = eventually(
            lambda of_job=of_job: for_an_hour.samples(of_job), f"the alert on what leaks in {job}"
        )
        assert labels["severity"] == "warning"
    [suspects] = [query for query in queries() if query.place == "botvitals-objects: Suspects: classes that grow A"]

    def head() -> str:
        rows = for_an_hour.samples(for_an_hour.filled_in(suspects.expression))
        return max(rows, key=lambda row: row[1])[0]["type"] if rows else ""

    eventually(lambda: head() == LEAKING, f"it heads the suspects, not {head()}")
