"""One bot scraped and pushing at once: Prometheus holds every metric twice, and the two are the same."""

import json
import os
import time
import urllib.parse
from pathlib import Path

import pytest

from botvitals_exporter.metric import Metric
from botvitals_exporter.metrics_table import declared_metrics
from support_programs import BOTVITALS, eventually, free_port, get, running

BOT = """
import asyncio, subprocess, sys, threading, time

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from botvitals import get_performance_monitor

class Message:
    pass

async def main():
    trace.set_tracer_provider(TracerProvider())
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    kept = [Message() for _ in range(50_000)]
    monitor = get_performance_monitor()
    async with monitor.async_timer("reply_1") as timer:
        timer.checkpoint("thought")
    try:
        with monitor.timer("reply_2"):
            raise ValueError
    except ValueError:
        pass
    monitor.start_timer("download_1")
    monitor.start_timer("upload_1")
    monitor.clear_operation("upload_1")
    # Enough garbage for each generation of the collector to be at work.
    while True:
        cycle = []
        cycle.append(cycle)
        await asyncio.sleep(0.0005)

if __name__ == "__main__":
    asyncio.run(main())
"""

# Each half second, as often as Prometheus scrapes: what comes and goes is then seen both ways.
ENVIRONMENT = {
    "OTEL_METRICS_EXPORTER": "otlp",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
    "OTEL_SERVICE_NAME": "pushing-bot",
}
SCRAPED, PUSHED = 'job="bot"', 'job="pushing-bot"'
# What does not move once the bot has settled.
STILL = (
    "botvitals_build_info",
    "botvitals_memory_limit_bytes",
    "botvitals_process_start_time_seconds",
    'botvitals_objects{type="__main__.Message"}',
    'botvitals_object_bytes{type="__main__.Message"}',
    "botvitals_operation_duration_seconds_bucket",
    "botvitals_operation_duration_seconds_sum",
    "botvitals_operation_checkpoint_seconds_count",
    "botvitals_operations_in_progress",
    "botvitals_operations_abandoned_total",
    "botvitals_otlp_failures_total",
)

Series = tuple[tuple[str, str], ...]


def ask(url: str, path: str, **parameters: str) -> list[dict[str, object]]:
    answer = json.loads(get(f"{url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
    assert answer["status"] == "success", answer
    data = answer["data"]
    return list(data["result"] if isinstance(data, dict) else data)


def identity(labels: dict[str, str]) -> Series:
    """What must be the same both ways: all labels but `job` and `instance`, with `le` as a number."""
    kept = {name: value for name, value in labels.items() if name not in ("job", "instance")}
    if "le" in kept:
        kept["le"] = repr(float(kept["le"]))
    return tuple(sorted(kept.items()))


def all_series(url: str, job: str) -> set[Series]:
    """All series but the created times of OpenMetrics, which in OTLP are no series but part of each point."""
    selector = f'{{__name__=~"botvitals_.*",__name__!~".*_created",{job}}}'
    return {identity(labels) for labels in ask(url, "series", **{"match[]": selector})}


def values(url: str, expression: str, job: str) -> dict[Series, str]:
    selector = expression.replace("{", f"{{{job},") if "{" in expression else f"{expression}{{{job}}}"
    return {identity(row["metric"]): row["value"][1] for row in ask(url, "query", query=selector)}  # type: ignore[arg-type, index]


def sample_name(metric: Metric) -> str:
    return f"{metric.name}_count" if metric.kind == "histogram" else metric.name


def exemplar_traces(url: str, job: str) -> set[str]:
    now = time.time()
    rows = ask(
        url,
        "query_exemplars",
        query=f"botvitals_operation_duration_seconds_bucket{{{job}}}",
        start=str(now - 300),
        end=str(now + 10),
    )
    return {exemplar["labels"]["trace_id"] for row in rows for exemplar in row["exemplars"]}  # type: ignore[attr-defined, index]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    path = tmp_path / "bot.py"
    path.write_text(BOT)
    return path


def test_what_is_pushed_is_what_is_scraped(bot, prometheus) -> None:
    port = free_port()
    with prometheus(port) as url:
        endpoint = f"{url}/api/v1/otlp/v1/metrics"
        environment = {**os.environ, **ENVIRONMENT, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": endpoint}
        # One census: what the next leaves out is gone at once where it was scraped, and in five minutes where pushed.
        options = ("--owners", "--interval", "15", "--port", str(port), "--quiet")
        with running(*BOTVITALS, "objects", *options, str(bot), env=environment):
            for job in (SCRAPED, PUSHED):
                eventually(
                    lambda job=job: values(url, 'botvitals_objects{type="__main__.Message"}', job),
                    f"the first census is in Prometheus with {job}",
                )
            names = [sample_name(metric) for metric in declared_metrics()]
            missing = [(name, job) for name in names for job in (SCRAPED, PUSHED) if not values(url, name, job)]
            assert missing == []
            eventually(
                lambda: all_series(url, SCRAPED) == all_series(url, PUSHED),
                f"the same series: {all_series(url, SCRAPED) ^ all_series(url, PUSHED)}",
            )
            for expression in STILL:
                scraped = values(url, expression, SCRAPED)
                assert scraped
                assert values(url, expression, PUSHED) == scraped
            traces = exemplar_traces(url, SCRAPED)
            assert traces
            assert exemplar_traces(url, PUSHED) == traces
            [target] = ask(url, "query", query=f"target_info{{{PUSHED}}}")
            assert target["metric"]["service_name"] == "pushing-bot"  # type: ignore[index]
            [scraped_target] = ask(url, "query", query=f"target_info{{{SCRAPED}}}")
            instance = target["metric"]["instance"]  # type: ignore[index]
            assert scraped_target["metric"]["service_instance_id"] == instance  # type: ignore[index]


def test_monitor_pushes_too_with_an_option(bot, prometheus, tmp_path) -> None:
    with prometheus(free_port()) as url:
        environment = {
            **os.environ,
            "OTEL_SERVICE_NAME": "pushing-bot",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{url}/api/v1/otlp",
        }
        with running(
            *BOTVITALS,
            *("monitor", "--otlp-metrics", "--no-metrics", "--interval", "0.5", "--quiet"),
            *("--output-dir", str(tmp_path), str(bot)),
            env=environment,
        ):
            eventually(
                lambda: ask(url, "query", query=f"botvitals_tree_resident_memory_bytes{{{PUSHED}}} > 20e6"),
                "the bot's memory is there",
            )
            assert ask(url, "query", query=f'botvitals_build_info{{mode="monitor",{PUSHED}}}')


def test_what_was_counted_last_is_pushed_at_the_end(prometheus, tmp_path) -> None:
    script = tmp_path / "bot.py"
    script.write_text("import time\nif __name__ == '__main__':\n    time.sleep(0.5)\n")
    with prometheus(free_port()) as url:
        endpoint = f"{url}/api/v1/otlp/v1/metrics"
        environment = {**os.environ, **ENVIRONMENT, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": endpoint}
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "3600000"
        with running(*BOTVITALS, "objects", "--no-metrics", "--quiet", str(script), env=environment) as process:
            assert process.wait(60) == 0
        eventually(lambda: values(url, "botvitals_process_resident_memory_bytes", PUSHED), "the last push")
