from pathlib import Path

import psutil
import pytest

from botvitals_exporter.sources.available_memory import available_memory_bytes
from support_cgroups import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, available_bytes=1024 * 1_000_000)


def test_without_a_limit_it_is_what_the_machine_has_left(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process("self", "0::/bot")
    machine.group(root / "bot", cgroup_type="domain", memory_max="max", memory_current=100)
    assert available_memory_bytes(machine.proc) == 1024 * 1_000_000


def test_the_tightest_group_decides_with_what_its_page_cache_can_give_back(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process("self", "0::/pod/bot")
    machine.group(
        root / "pod", cgroup_type="domain", memory_max=1000, memory_current=900, memory_stat="inactive_file 50"
    )
    machine.group(root / "pod" / "bot", cgroup_type="domain", memory_max=800, memory_current=200, memory_stat="file 9")
    assert available_memory_bytes(machine.proc) == 150


def test_version_1_counts_what_the_groups_below_can_give_back(machine: Machine) -> None:
    root = machine.mount(1, "memory", options="rw,memory")
    machine.process(42, "4:memory:/bot")
    machine.group(
        root / "bot",
        memory_limit_in_bytes=1000,
        memory_usage_in_bytes=600,
        memory_stat="inactive_file 1\ntotal_inactive_file 30",
    )
    assert available_memory_bytes(machine.proc, 42) == 430


def test_a_group_over_its_limit_has_nothing_left(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process("self", "0::/bot")
    machine.group(root / "bot", cgroup_type="domain", memory_max=1000, memory_current=2000)
    assert available_memory_bytes(machine.proc) == 0


def test_where_proc_does_not_tell_psutil_does(tmp_path: Path) -> None:
    available = available_memory_bytes(tmp_path)
    assert available is not None
    assert 0 < available <= psutil.virtual_memory().total


def test_it_is_none_where_nobody_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise OSError("no such file")

    monkeypatch.setattr(psutil, "virtual_memory", fails)
    assert available_memory_bytes(tmp_path) is None
