from pathlib import Path

import pytest

from botvitals.performance_monitor import get_performance_monitor
from botvitals_exporter.failures import Failures
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.sources import kernel_files
from botvitals_exporter.sources.census.engines import engine_named
from support_clones import run_bot
from support_vitals import registry_of


@pytest.fixture
def failures():
    return Failures(lambda line: None)


@pytest.fixture
def vitals(failures):
    watched = InsideVitals(failures, engine_named("inline"), 10.0)
    watched.begin()
    yield watched
    watched.end()


def count(registry, operation, outcome="ok"):
    return registry.get_sample_value(
        "botvitals_operation_duration_seconds_count", {"operation": operation, "outcome": outcome}
    )


def test_timers_of_the_process_are_counted_between_begin_and_end(vitals):
    monitor = get_performance_monitor()
    registry = registry_of(vitals.collectors())
    with monitor.timer("inside reply"):
        assert registry.get_sample_value("botvitals_operations_in_progress", {"operation": "inside reply"}) == 1
        assert count(registry, "inside reply") == 0
    assert count(registry, "inside reply") == 1
    vitals.end()
    with monitor.timer("inside reply"):
        pass
    assert count(registry, "inside reply") == 1


def test_a_subscriber_that_raises_is_counted(vitals, failures):
    before = failures.counts()["subscriber"]
    unsubscribe = get_performance_monitor().subscribe(lambda operation: 1 / 0)
    with get_performance_monitor().timer("inside reply"):
        pass
    unsubscribe()
    assert failures.counts()["subscriber"] == before + 1


@pytest.mark.skipif(not list(Path("/proc").glob("self/task/*/children")), reason="elsewhere psutil reads, as it can")
@pytest.mark.skipif(kernel_files._native is None, reason="Python's files let go of the GIL")
def test_a_refresh_reads_files_with_the_gil_held():
    code = """
from botvitals_exporter.failures import Failures
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.sources.census.engines import engine_named

threads = [threading.Thread(target=time.sleep, args=(1,)) for _ in range(5)]
for thread in threads:
    thread.start()
vitals = InsideVitals(Failures(print), engine_named("auto"), 10.0)
vitals.begin()
events, started = [], threading.active_count()
sys.addaudithook(lambda event, arguments: events.append((event, arguments)))
vitals.refresh()
print(started, events)
"""
    assert run_bot("import sys, threading, time\n" + code) == "6 []\n"
