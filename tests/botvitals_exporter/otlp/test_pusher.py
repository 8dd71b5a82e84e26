import logging
import os
import threading
import time
from itertools import pairwise

import pytest
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult
from opentelemetry.sdk.resources import Resource

from botvitals.identity import Identity
from botvitals.tracing.delivery import FailureLines
from botvitals.tracing.export_counts import ExportCounts
from botvitals_exporter.collectors.vitals import Vitals
from botvitals_exporter.otlp.pusher import MetricsPusher
from botvitals_exporter.otlp.settings import push_settings
from botvitals_exporter.otlp.starting import metrics_pusher
from support_otlp import closed_endpoint, hanging_endpoint, receiver
from support_vitals import all_collectors, failures

IDENTITY = Identity("face-swap-bot", "0b0cbb5e")
A_DAY = 86_400_000
PATIENCE_SECONDS = 30.0


class FakeExporter(MetricExporter):
    """Answers each push with what `answer` returns, and keeps when it was called."""

    def __init__(self, answer=lambda: MetricExportResult.SUCCESS) -> None:
        super().__init__()
        self.answer = answer
        self.pushed = []
        self.is_shut_down = False

    def export(self, metrics_data, timeout_millis=10_000, **kwargs):
        self.pushed.append(metrics_data)
        return self.answer()

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self, timeout_millis=30_000, **kwargs):
        self.is_shut_down = True


def collect():
    return Vitals(all_collectors(), failures()).collect()


def pusher_of(exporter, last_exporter=None, on_failure=lambda reason: None, interval_seconds=3600.0, collect=collect):
    last_exporter = FakeExporter() if last_exporter is None else last_exporter
    return MetricsPusher(collect, Resource({}), exporter, last_exporter, on_failure, interval_seconds)


def pushed_to(url, say, monkeypatch, counts, **environ):
    """A pusher with the stock exporter, which reads the environment itself."""
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_METRIC_EXPORT_INTERVAL": str(A_DAY)} | environ
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = push_settings(os.environ, say, reading_interval_seconds=10.0, is_asked=True)
    return metrics_pusher(settings, collect, IDENTITY, say, counts)


@pytest.fixture
def counts():
    return ExportCounts()


def test_what_arrives_is_protobuf_at_the_metrics_path_with_the_bots_identity(monkeypatch, counts):
    said: list[str] = []
    with receiver() as server:
        pusher = pushed_to(server.url, said.append, monkeypatch, counts, OTEL_EXPORTER_OTLP_HEADERS="x-key=abc")
        assert pusher.push()
    [(path, headers, _)] = server.received
    assert (path, headers["content-type"], headers["x-key"]) == ("/v1/metrics", "application/x-protobuf", "abc")
    [resource_metrics] = server.metrics()[0].resource_metrics
    resource = {entry.key: entry.value.string_value for entry in resource_metrics.resource.attributes}
    assert (resource["service.name"], resource["service.instance.id"]) == ("face-swap-bot", "0b0cbb5e")
    names = {metric.name for metric in resource_metrics.scope_metrics[0].metrics}
    assert {"botvitals.process.resident_memory", "botvitals.objects", "botvitals.gc.pause"} < names
    assert (said, counts.failures()["metrics"]) == ([], 0)


def test_the_clocks_thread_pushes_every_interval_and_once_more_at_the_end():
    third, exporter, last = threading.Event(), FakeExporter(), FakeExporter()

    def answer():
        if len(exporter.pushed) == 3:
            third.set()
        return MetricExportResult.SUCCESS

    exporter.answer = answer
    pusher = pusher_of(exporter, last, interval_seconds=0.005)
    pusher.start()
    assert third.wait(PATIENCE_SECONDS)
    pusher.stop()
    pusher.join(PATIENCE_SECONDS)
    assert len(last.pushed) == 1
    assert exporter.is_shut_down


def test_the_last_push_arrives_where_the_collector_is_there(monkeypatch, counts):
    with receiver() as server:
        pusher = pushed_to(server.url, print, monkeypatch, counts)
        pusher.start()
        pusher.stop()
        pusher.join(PATIENCE_SECONDS)
        assert len(server.received) == 1


def test_a_stop_before_the_start_and_a_second_one_are_no_harm():
    pusher = pusher_of(FakeExporter())
    pusher.stop()
    pusher.stop()
    pusher.join(1.0)


def test_an_exporter_that_raises_is_survived_and_told():
    def raising():
        raise RuntimeError("no more")

    told: list[str] = []
    pusher = pusher_of(FakeExporter(raising), on_failure=told.append)
    assert not pusher.push()
    assert told == ["RuntimeError: no more"]


def test_a_collector_that_raises_is_survived_and_told():
    def raising():
        raise ValueError("odd")

    told: list[str] = []
    assert not pusher_of(FakeExporter(), on_failure=told.append, collect=raising).push()
    assert told == ["ValueError: odd"]


def test_where_nothing_is_published_nothing_is_pushed():
    exporter = FakeExporter()
    vitals = Vitals(all_collectors(), failures())
    vitals.silence()
    assert pusher_of(exporter, collect=vitals.collect).push()
    assert exporter.pushed == []


def test_a_push_that_the_stop_cut_short_is_no_failure():
    told: list[str] = []
    exporter = FakeExporter()
    pusher = pusher_of(exporter, on_failure=told.append)

    def answer():
        pusher.stop()
        return MetricExportResult.FAILURE

    exporter.answer = answer
    assert not pusher.push()
    assert told == []


@pytest.mark.parametrize("endpoint", ["closed", "hanging", "500", "503"])
def test_ten_minutes_without_an_endpoint_are_counted_and_said_seldom(endpoint, monkeypatch, counts, caplog):
    """Ten minutes by the clock of the lines, a push every 10 s; each push itself is real."""
    caplog.set_level(logging.DEBUG)
    said: list[tuple[float, str]] = []
    now = 0.0

    def minutes_of(url):
        nonlocal now
        pusher = pushed_to(url, print, monkeypatch, counts, OTEL_EXPORTER_OTLP_TIMEOUT="0.02")
        lines = FailureLines("metrics", counts, lambda line: said.append((now, line)), clock=lambda: now)
        pusher._on_failure = lines.note
        for _push in range(60):
            assert not pusher.push()
            now += 10.0

    if endpoint == "closed":
        minutes_of(closed_endpoint())
    elif endpoint == "hanging":
        with hanging_endpoint() as url:
            minutes_of(url)
    else:
        with receiver(int(endpoint)) as server:
            minutes_of(server.url)
    assert counts.failures()["metrics"] == 60
    assert 1 <= len(said) <= 30
    assert all(later - earlier >= 20 for (earlier, _), (later, _) in pairwise(said))
    assert caplog.records == []


@pytest.mark.parametrize("endpoint", ["closed", "hanging", "500"])
def test_the_end_comes_within_two_seconds_whatever_the_endpoint_does(endpoint, monkeypatch, counts):
    def end_of(url):
        pusher = pushed_to(url, print, monkeypatch, counts)
        pusher.start()
        began = time.monotonic()
        pusher.stop()
        pusher.join(2.0)
        return time.monotonic() - began

    if endpoint == "closed":
        took = end_of(closed_endpoint())
    elif endpoint == "hanging":
        with hanging_endpoint() as url:
            took = end_of(url)
    else:
        with receiver(500) as server:
            took = end_of(server.url)
    assert took < 4.0


def test_a_pause_before_another_try_does_not_hold_the_end_up(monkeypatch, counts):
    with receiver(503) as server:
        pusher = pushed_to(server.url, print, monkeypatch, counts, OTEL_METRIC_EXPORT_INTERVAL="1")
        pusher.start()
        server.await_request()
        server.status = 200
        pusher.stop()
        pusher.join(PATIENCE_SECONDS)
        assert [request.resource_metrics[0].scope_metrics[0].scope.name for request in server.metrics()][-1:] == [
            "botvitals"
        ]
    assert counts.failures()["metrics"] == 0


def test_the_bots_own_use_of_the_exporters_logger_is_heard_as_ever(monkeypatch, counts, caplog):
    logger = logging.getLogger("opentelemetry.exporter.otlp.proto.http.metric_exporter")

    def answer():
        logger.error("ours")
        speaker = threading.Thread(target=logger.error, args=("the bot's",))
        speaker.start()
        speaker.join()
        return MetricExportResult.FAILURE

    told: list[str] = []
    pusher_of(FakeExporter(answer), on_failure=told.append).push()
    assert [record.getMessage() for record in caplog.records] == ["the bot's"]
    assert told == ["ours"]


def test_a_header_that_is_refused_is_said_without_its_value(monkeypatch, counts, caplog):
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    header = "authorization=Bearer%20s3cr3t-t0k3n%0Aevil,no-equals-sign-s3cr3t"
    pusher = pushed_to(
        closed_endpoint(),
        said.append,
        monkeypatch,
        counts,
        OTEL_EXPORTER_OTLP_HEADERS=header,
        OTEL_EXPORTER_OTLP_TIMEOUT="0.02",
    )
    assert not pusher.push()
    assert said[0] == "OTEL_EXPORTER_OTLP_HEADERS: a part of it is not name=value and is left out"
    assert said[1].startswith("OTLP export of metrics fails: ")
    assert "s3cr3t" not in "".join(said) + caplog.text
