import os
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from botvitals_exporter.collectors.memory_limit import MemoryLimitCollector
from botvitals_exporter.collectors.process import ProcessCollector
from botvitals_exporter.collectors.threads import ThreadsCollector
from botvitals_exporter.collectors.vitals import Vitals, register
from botvitals_exporter.failures import Failures
from botvitals_exporter.metrics_table import declared_metrics
from botvitals_exporter.readings import MemoryLimitReading
from botvitals_exporter.watch import Watch
from support_reports import process_reading
from support_vitals import all_collectors, failures, registry_of, watch


class Reads:
    """A source that counts how often it is read."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self):
        self.number += 1
        return process_reading()


def test_neither_registration_nor_a_scrape_reads_a_source():
    reads = Reads()
    registry = registry_of([ProcessCollector(Watch("process", reads, failures()))])
    generate_latest(registry)
    assert reads.number == 0


def test_describe_announces_every_family_that_a_scrape_brings():
    vitals = Vitals(all_collectors(), failures())
    announced = {family.name for family in vitals.describe()}
    assert {family.name for family in vitals.collect()} == announced
    assert len(vitals.describe()) == len(declared_metrics())


def test_a_collector_that_raises_costs_its_own_series_only():
    said: list[str] = []
    survived = Failures(said.append)
    registry = CollectorRegistry()
    broken = watch("threads", "this is no reading of threads")
    register(registry, [ThreadsCollector(broken), ProcessCollector(watch("process", process_reading()))], survived)
    for _scrape in range(3):
        generate_latest(registry)
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "threads"}) == 0
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "process"}) == 1
    assert registry.get_sample_value("botvitals_process_threads") == 4
    assert survived.counts()["threads"] >= 3
    assert len(said) == 1


def test_a_value_that_is_no_number_costs_its_own_collector_only():
    wrong = MemoryLimitReading("unlimited", None, None)  # type: ignore[arg-type]
    registry = registry_of([MemoryLimitCollector(watch("memory_limit", wrong))])
    assert b'botvitals_collector_up{collector="memory_limit"} 0.0' in generate_latest(registry)


def test_a_source_that_fails_is_down_and_its_series_are_gone():
    def gone():
        raise ProcessLookupError

    process = Watch("process", gone, failures())
    process.refresh()
    registry = registry_of([ProcessCollector(process)])
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "process"}) == 0
    assert registry.get_sample_value("botvitals_process_resident_memory_bytes") is None


def test_a_source_that_was_never_read_is_neither_up_nor_down():
    registry = registry_of([ProcessCollector(Watch("process", process_reading, failures()))])
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "process"}) is None


def test_how_long_a_source_took_is_published():
    registry = registry_of([ProcessCollector(watch("process", process_reading()))])
    assert registry.get_sample_value("botvitals_collector_duration_seconds", {"collector": "process"}) == 0.25


def test_a_registry_with_its_own_target_info_keeps_it():
    registry = CollectorRegistry(target_info={"service_name": "the bot's own"})
    register(registry, all_collectors(), failures())
    exposition = generate_latest(registry).decode()
    assert exposition.count("\ntarget_info{") == 1
    assert 'target_info{service_name="the bot\'s own"} 1.0' in exposition
    assert "botvitals_build_info" in exposition


def test_a_second_registration_is_a_clear_error():
    registry = registry_of(all_collectors())
    with pytest.raises(ValueError, match="is botvitals registered in it twice"):
        register(registry, all_collectors(), failures())


def test_a_name_that_the_bot_uses_is_a_clear_error():
    registry = CollectorRegistry()
    Gauge("botvitals_threads", "The bot's own", registry=registry)
    with pytest.raises(ValueError, match="botvitals_threads"):
        register(registry, all_collectors(), failures())


def test_taken_out_of_a_registry_nothing_of_ours_is_left():
    registry = CollectorRegistry()
    registry.unregister(register(registry, all_collectors(), failures()))
    assert generate_latest(registry) == b""
    register(registry, all_collectors(), failures())


def test_importing_all_of_it_puts_nothing_into_the_bots_own_registry_or_multiprocess_files(tmp_path):
    script = (
        "import prometheus_client\n"
        "before = prometheus_client.generate_latest()\n"
        "names = set(prometheus_client.REGISTRY._names_to_collectors)\n"
        "import botvitals_exporter.metrics_table, botvitals_exporter.server.server, botvitals_exporter.server.app\n"
        "assert set(prometheus_client.REGISTRY._names_to_collectors) == names\n"
        "from support_vitals import all_collectors, registry_of\n"
        "assert b'botvitals_objects' in prometheus_client.generate_latest(registry_of(all_collectors()))\n"
        "assert b'botvitals' not in prometheus_client.generate_latest()\n"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
