import gc
import io
import threading
import time
import weakref
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from botvitals.identity import Identity
from botvitals_exporter.collectors.build import Build
from botvitals_exporter.exporter import Exporter
from botvitals_exporter.failures import Failures
from botvitals_exporter.publisher import Publisher
from botvitals_exporter.readings import HeapReport
from botvitals_exporter.server.listener import listen
from botvitals_exporter.sources.census.engine import Tally
from support_inside import SMALL, FakeEngine, exporter_of, nothing_left_running, our_threads
from support_programs import eventually


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    with nothing_left_running():
        yield


def scraped(exporter: Exporter) -> str:
    output = io.BytesIO()
    environ = {"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET", "QUERY_STRING": "", "wsgi.errors": io.StringIO()}
    output.writelines(exporter.app(environ, lambda status, headers, error=None: output.write))
    return output.getvalue().decode()


def test_each_census_is_shown() -> None:
    shown: list[HeapReport] = []
    with exporter_of(FakeEngine(), Failures(print), shown.append).begin():
        eventually(lambda: len(shown) >= 3, "three censuses are shown")
    assert [report.iteration for report in shown[:3]] == [1, 2, 3]
    assert shown[0].census.types == SMALL.types
    assert shown[0].threads.threads


def test_a_show_that_fails_is_said_once_and_counted_and_the_next_census_is_shown() -> None:
    said: list[str] = []
    attempts: list[int] = []

    def show(report: HeapReport) -> None:
        attempts.append(report.iteration)
        raise ValueError("no paper")

    with exporter_of(FakeEngine(), Failures(said.append), show).begin() as exporter:
        eventually(lambda: len(attempts) >= 3, "it is tried again")
        page = scraped(exporter)
    assert said == ["output: ValueError: no paper"]
    counted = next(line for line in page.splitlines() if line.startswith('botvitals_errors_total{component="output"}'))
    assert float(counted.split()[-1]) >= 2


def test_a_census_that_fails_costs_its_own_series_only() -> None:
    said: list[str] = []

    def fail() -> Tally:
        raise RuntimeError("no heap")

    engine = FakeEngine(fail)
    with exporter_of(engine, Failures(said.append)).begin() as exporter:
        eventually(lambda: engine.counted >= 3, "it is tried again")
        page = scraped(exporter)
    assert said == ["no census by inline this time: RuntimeError: no heap"]
    assert "botvitals_process_resident_memory_bytes" in page
    assert 'botvitals_collector_up{collector="heap"} 0.0' in page
    assert 'botvitals_collector_up{collector="process"} 1.0' in page
    assert "botvitals_heap_objects " not in page


def test_nothing_is_shown_once_it_is_stopped_and_a_census_that_hangs_does_not_hold_that_up() -> None:
    counting, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def hang() -> Tally:
        counting.set()
        may_end.wait(60)
        ended.set()
        return SMALL

    shown: list[HeapReport] = []
    exporter = exporter_of(FakeEngine(hang), Failures(print), shown.append).begin()
    assert counting.wait(30)
    began = time.monotonic()
    exporter.stop()
    took = time.monotonic() - began
    may_end.set()
    assert ended.wait(30)
    eventually(lambda: our_threads() == [], "the thread ends after its census")
    assert shown == []
    assert took < 10  # said: two; on a busy machine more


def test_stopping_again_does_nothing_and_nor_does_stopping_from_within_a_show() -> None:
    stopped = threading.Event()

    def show(report: HeapReport) -> None:
        exporter.stop()
        stopped.set()

    exporter = exporter_of(FakeEngine(), Failures(print), show)
    exporter.begin()
    assert stopped.wait(30)
    exporter.stop()
    eventually(lambda: our_threads() == [], "the thread that stopped it ends")


def test_a_bot_that_is_out_of_threads_still_gets_its_first_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    said: list[str] = []
    exporter = exporter_of(FakeEngine(), Failures(said.append)).begin()
    page = scraped(exporter)
    exporter.stop()
    assert said == ["readings: RuntimeError: can't start new thread"]
    assert "botvitals_process_resident_memory_bytes" in page


def test_where_the_server_cannot_start_the_rest_runs_and_the_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    said: list[str] = []
    listener = listen(port=0)
    port = listener.port
    failures = Failures(said.append)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        publisher = Publisher([], Build("library"), Identity("bot", "1"), failures, listener=listener)
    assert (publisher.port, publisher.url) == (None, None)
    assert said == ["no metrics are served: can't start new thread"]
    listen(port=port).close()
    publisher.stop()


def test_a_registry_that_the_bot_emptied_itself_is_no_reason_to_fail() -> None:
    registry = CollectorRegistry()
    publisher = Publisher([], Build("library"), Identity("bot", "1"), Failures(print), registry=registry)
    for collector in list(registry._collector_to_names):
        registry.unregister(collector)
    publisher.stop()
    publisher.stop()


def test_nothing_keeps_a_stopped_exporter() -> None:
    exporter = exporter_of(FakeEngine(), Failures(print)).begin()
    exporter.stop()
    left = weakref.ref(exporter)
    del exporter
    gc.collect()
    assert left() is None


def test_a_census_is_published_also_where_the_threads_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: object) -> None:
        raise RuntimeError("dictionary changed size")

    monkeypatch.setattr("botvitals_exporter.sources.threads.ThreadsSource.read", fail)
    said: list[str] = []
    shown: list[HeapReport] = []
    # Not so short that a census is stale, three intervals later, before it is looked at.
    with exporter_of(FakeEngine(), Failures(said.append), shown.append, interval_seconds=0.5).begin() as exporter:
        eventually(lambda: 'botvitals_objects{type="dict"} 3.0' in scraped(exporter), "the census is published")
        assert 'botvitals_collector_up{collector="threads"} 0.0' in scraped(exporter)
    assert said == ["threads: RuntimeError: dictionary changed size"]
    assert shown == []
