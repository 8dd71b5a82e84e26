import json
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest

from botvitals_exporter.metric import Metric
from botvitals_exporter.metrics_table import declared_metrics
from support_programs import BOTVITALS, eventually, free_port, get, running

BOT = """
import asyncio, subprocess, sys, threading, time
from pathlib import Path
from botvitals import get_performance_monitor

monitor = get_performance_monitor()

async def reply(number):
    async with monitor.async_timer(f"reply_{number}", "Reply") as timer:
        timer.checkpoint("state", "User state checked")
        await asyncio.sleep(0.05)
        if number > 1:
            raise LookupError("no such user")

async def use_timers():
    monitor.start_timer("face_swap_1")
    monitor.start_timer("upload_1")
    monitor.clear_operation("upload_1")
    await reply(1)
    while not Path(__file__).with_name("fail").exists():
        await asyncio.sleep(0.1)
    await reply(2)

class Message:
    def __init__(self, text):
        self.text = text

async def main():
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    kept = [Message(str(number)) for number in range(50_000)]
    timers = asyncio.create_task(use_timers())
    # Enough garbage for each generation of the collector to be at work.
    while True:
        cycle = []
        cycle.append(cycle)
        await asyncio.sleep(0.0005)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    path = tmp_path / "bot.py"
    path.write_text(BOT)
    return path


def query(url: str, expression: str) -> list[dict[str, object]]:
    answer = json.loads(get(f"{url}/api/v1/query?query={urllib.parse.quote(expression)}"))
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def exemplars(url: str, expression: str) -> list[dict[str, dict[str, str]]]:
    answer = json.loads(
        get(f"{url}/api/v1/query_exemplars?query={urllib.parse.quote(expression)}&start=0&end={time.time() + 60:.0f}")
    )
    assert answer["status"] == "success", answer
    return [exemplar for series in answer["data"] for exemplar in series["exemplars"]]


def sample_name(metric: Metric) -> str:
    return f"{metric.name}_count" if metric.kind == "histogram" else metric.name


def test_a_query_for_each_metric_returns_a_sample(bot, prometheus) -> None:
    port = free_port()
    with (
        running(*BOTVITALS, "objects", "--owners", "--interval", "1", "--port", str(port), "--quiet", str(bot)),
        prometheus(port) as url,
    ):
        eventually(
            lambda: query(url, 'botvitals_objects{type="__main__.Message"}'), "the first census is in Prometheus"
        )
        missing = [metric.name for metric in declared_metrics() if not query(url, sample_name(metric))]
        assert missing == []
        [messages] = query(url, 'botvitals_objects{type="__main__.Message"}')
        assert messages["value"][1] == "50000"
        assert query(url, 'up{job="bot"}')[0]["value"][1] == "1"


def test_a_first_error_shows_as_an_increase_and_an_exemplar_names_its_span(bot, prometheus, tmp_path) -> None:
    port = free_port()
    spans = tmp_path / "spans.jsonl"
    errors = 'botvitals_operation_duration_seconds_count{operation="reply",outcome="error"}'
    with (
        running(
            *BOTVITALS,
            *("objects", "--interval", "1", "--port", str(port), "--quiet", "--spans", str(spans), str(bot)),
        ),
        prometheus(port) as url,
    ):
        eventually(lambda: query(url, f"{errors} == 0"), "there is no error yet")
        bot.with_name("fail").touch()
        eventually(lambda: query(url, f"increase({errors}[1m]) > 0"), "the first error is an increase")
        assert query(url, errors)[0]["value"][1] == "1"
        found = eventually(
            lambda: exemplars(url, 'botvitals_operation_duration_seconds_bucket{outcome="error"}'), "an exemplar"
        )
        segments = exemplars(url, 'botvitals_operation_checkpoint_seconds_bucket{checkpoint="state"}')
        assert query(url, "botvitals_operations_in_progress > 0")[0]["metric"]["operation"] == "face_swap"
        assert query(url, "botvitals_operations_abandoned_total > 0")[0]["metric"]["operation"] == "upload"
        written = eventually(lambda: "LookupError" in spans.read_text(encoding="utf-8"), "the failed span is written")
        assert written
    ids = spans.read_text(encoding="utf-8")
    assert {exemplar["labels"]["trace_id"] for exemplar in segments} > {found[0]["labels"]["trace_id"]}
    for exemplar in (*found, *segments):
        assert exemplar["labels"]["trace_id"] in ids
        assert exemplar["labels"]["span_id"] in ids


def test_monitor_is_scraped_too(bot, prometheus, tmp_path) -> None:
    port = free_port()
    with (
        running(
            *BOTVITALS,
            *("monitor", "--interval", "0.5", "--port", str(port), "--quiet", "--output-dir", str(tmp_path), str(bot)),
        ),
        prometheus(port) as url,
    ):
        eventually(lambda: query(url, "botvitals_tree_resident_memory_bytes > 20e6"), "the bot's memory is there")
        [child] = query(url, "botvitals_child_processes")
        assert child["metric"]["role"] == "python"
        assert query(url, 'botvitals_build_info{mode="monitor"}')


def test_promtool_has_no_complaint(bot, promtool) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    with running(*BOTVITALS, "objects", "--interval", "0.5", "--port", str(port), "--quiet", str(bot)):
        eventually(lambda: 'type="__main__.Message"' in get(url), "the first census")
        exposition = get(url)
    check = subprocess.run(
        [promtool, "check", "metrics"], input=exposition, capture_output=True, text=True, check=False
    )
    assert (check.returncode, check.stdout, check.stderr) == (0, "", "")
