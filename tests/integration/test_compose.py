"""Prometheus and Jaeger as docker-compose.yml has them, unchanged but for addresses, with a bot that is just there."""

import json
import os
import re
import time
import urllib.parse
from typing import Any

from support_compose import composed_prometheus
from support_dashboards import GRAFANA, filled_in, queries
from support_programs import BOTVITALS, eventually, free_port, get, running, server_folder

ODD_NAME = 'We"ird\\{class}$1'
# Neither timers nor tracing, no event loop, and a class whose name is hard to quote.
BOT = f"""
import time
Odd = type({ODD_NAME!r}, (), {{}})
if __name__ == "__main__":
    kept = [Odd() for _ in range(20_000)]
    time.sleep(600)
"""

TIMER = """
from botvitals import get_performance_monitor
if __name__ == "__main__":
    with get_performance_monitor().timer("reply_1"):
        pass
"""


def ask(url: str, path: str, **parameters: str) -> Any:
    answer = json.loads(get(f"{url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
    assert answer["status"] == "success", answer
    return answer["data"]


def test_the_configuration_scrapes_and_evaluates_and_no_query_errs_on_a_bot_that_has_just_started(tmp_path) -> None:
    script = tmp_path / "bot.py"
    script.write_text(BOT)
    port = free_port()
    objects = ("objects", "--interval", "1", "--port", str(port), "--quiet", str(script))
    with running(*BOTVITALS, *objects), composed_prometheus(tmp_path, [f"127.0.0.1:{port}"]) as url:
        eventually(lambda: "We" in get(f"http://127.0.0.1:{port}/metrics"), "the first census")
        eventually(
            lambda: ask(url, "query", query='botvitals_objects{job="demo_bot",type=~"__main__.+"}')["result"],
            "a scrape with the census in it",
        )
        found = ask(url, "query", query='botvitals_objects{type=~"__main__.We.+"}')["result"]
        assert [row["metric"]["type"] for row in found] == [f"__main__.{ODD_NAME}"]
        assert {row["value"][1] for row in found} == {"20000"}
        now = time.time()
        for query in queries():
            expression = filled_in(query.expression, job="demo_bot", instance=".+")
            if query.is_instant:
                ask(url, "query", query=expression)
            else:
                ask(url, "query_range", query=expression, start=str(now - 3600), end=str(now), step="15")
        groups = ask(url, "rules")["groups"]
        assert sum(len(group["rules"]) for group in groups) == 20
        flags = ask(url, "status/flags")
        assert "exemplar-storage" in flags["enable-feature"]


def test_jaeger_takes_its_configuration_and_a_bots_spans(tmp_path) -> None:
    text = (GRAFANA / "jaeger" / "jaeger.yaml").read_text(encoding="utf-8")
    ports: dict[str, int] = {}

    def own_port(match: re.Match[str]) -> str:
        return f"127.0.0.1:{ports.setdefault(match[1], free_port())}"

    configuration = tmp_path / "jaeger.yaml"
    configuration.write_text(re.sub(r"0\.0\.0\.0:(\d+)", own_port, text), encoding="utf-8")
    script = tmp_path / "bot.py"
    script.write_text(TIMER)
    binary = server_folder("jaeger") / "jaeger"
    with (
        (tmp_path / "jaeger.log").open("w") as log,
        running(str(binary), "--config", str(configuration), stdout=log, stderr=log),
    ):
        eventually(lambda: get(f"http://127.0.0.1:{ports['13133']}/status"), "it says that it is well")
        environment = {
            **os.environ,
            "OTEL_SERVICE_NAME": "demo_bot",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{ports['4318']}",
        }
        with running(*BOTVITALS, "objects", "--no-metrics", "--quiet", str(script), env=environment) as bot:
            assert bot.wait(60) == 0
        services = f"http://127.0.0.1:{ports['16686']}/api/services"
        eventually(lambda: "demo_bot" in json.loads(get(services))["data"], "the bot's service")
