"""Whole bots that push: forked, at their end, and with variables that make no sense."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support_otlp import closed_endpoint, hanging_endpoint, receiver

LIMIT_SECONDS = 60.0

STARTED = """
import os, sys, time
import botvitals_exporter
exporter = botvitals_exporter.start(port=None, interval=3600.0)
"""
FORKING = (
    STARTED
    + """
child = os.fork()
if child == 0:
    time.sleep(0.3)
    exporter.stop()
    sys.exit(0)
os.waitpid(child, 0)
os._exit(0)
"""
)


def run(tmp_path: Path, source: str, **environ: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "bot.py"
    script.write_text(source)
    return subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "BOTVITALS_LANG": "en", "OTEL_METRICS_EXPORTER": "otlp", **environ},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def test_a_bot_that_calls_start_pushes_at_its_end_though_it_never_stopped_anything(tmp_path):
    with receiver() as server:
        ended = run(tmp_path, STARTED, OTEL_EXPORTER_OTLP_ENDPOINT=server.url, OTEL_SERVICE_NAME="started")
        assert (ended.returncode, ended.stderr) == (0, "")
        [request] = server.metrics()
    resource = {entry.key: entry.value.string_value for entry in request.resource_metrics[0].resource.attributes}
    assert resource["service.name"] == "started"


def test_the_last_push_holds_the_operations_of_the_last_moments(tmp_path):
    source = (
        STARTED
        + "from botvitals import get_performance_monitor\nwith get_performance_monitor().timer('reply_1'): pass\n"
    )
    with receiver() as server:
        ended = run(tmp_path, source, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=server.url, OTEL_TRACES_EXPORTER="none")
        assert ended.returncode == 0
        [request] = server.metrics()
    metrics = {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}
    counted = {
        tuple(entry.value.string_value for entry in point.attributes): point.count
        for point in metrics["botvitals.operation.duration"].histogram.data_points
    }
    assert counted[("reply", "ok")] == 1
    assert counted[("reply", "error")] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_pushes_nothing_even_at_its_end(tmp_path):
    with receiver() as server:
        # The parent leaves without an end, so that whatever arrives is the child's.
        ended = run(
            tmp_path, FORKING, OTEL_EXPORTER_OTLP_ENDPOINT=server.url, PYTHONWARNINGS="ignore::DeprecationWarning"
        )
        assert (ended.returncode, ended.stderr) == (0, "")
        assert server.received == []


def test_without_being_asked_a_bot_pushes_nothing_and_has_no_thread_for_it(tmp_path):
    source = STARTED + "import threading\nprint(*(thread.name for thread in threading.enumerate()))\n"
    with receiver() as server:
        ended = run(
            tmp_path,
            source,
            OTEL_EXPORTER_OTLP_ENDPOINT=server.url,
            OTEL_METRICS_EXPORTER="",
            OTEL_TRACES_EXPORTER="none",
        )
        assert "botvitals-otlp" not in ended.stdout
        assert "botvitals-readings" in ended.stdout
        assert server.received == []


@pytest.mark.parametrize("endpoint", ["closed", "hanging", "500"])
def test_a_bots_end_waits_for_no_endpoint(tmp_path, endpoint):
    source = (
        STARTED + "import atexit, time\nbegan = time.monotonic()\nexporter.stop()\nprint(time.monotonic() - began)\n"
    )

    def seconds(url):
        ended = run(tmp_path, source, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=url, OTEL_TRACES_EXPORTER="none")
        assert ended.returncode == 0
        assert ended.stderr.count("\n") <= 1
        return float(ended.stdout)

    if endpoint == "closed":
        took = seconds(closed_endpoint())
    elif endpoint == "hanging":
        with hanging_endpoint() as url:
            took = seconds(url)
    else:
        with receiver(500) as server:
            took = seconds(server.url)
    # Two seconds are promised; a busy machine may take a little longer over them.
    assert took < 4.0


def test_a_bot_ends_while_a_push_hangs(tmp_path):
    source = STARTED + "import time\ntime.sleep(0.5)\n"
    with hanging_endpoint() as url:
        began = time.monotonic()
        ended = run(tmp_path, source, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=url, OTEL_METRIC_EXPORT_INTERVAL="100")
        took = time.monotonic() - began
    assert ended.returncode == 0
    # The stock exporter alone would wait for its ten seconds.
    assert took < 8.0


def test_a_variable_that_makes_no_sense_is_said_once_and_the_bot_runs(tmp_path):
    ended = run(tmp_path, STARTED + "print('runs')\n", OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="collector:4318")
    assert (ended.returncode, ended.stdout) == (0, "runs\n")
    assert ended.stderr == (
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=collector:4318 is no http:// or https:// URL; nothing is sent\n"
    )
