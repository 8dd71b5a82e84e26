import os
from pathlib import Path

import psutil
import pytest

from botvitals_exporter.readings import MemoryLimitReading
from botvitals_exporter.sources.memory_limit import MemoryLimitSource
from support_cgroups import Machine

PHYSICAL = 16_000_000_000
UNLIMITED_V1 = 9223372036854771712


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def read(machine: Machine, pid: int = 42) -> MemoryLimitReading:
    return MemoryLimitSource(pid, machine.proc, PHYSICAL).read()


def test_version_2_the_smallest_limit_up_the_hierarchy_holds(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process(42, "0::/pod/bot")
    machine.group(root / "pod", cgroup_type="domain", memory_max=500, memory_current=450)
    machine.group(
        root / "pod" / "bot",
        cgroup_type="domain",
        memory_max="max",
        memory_current=300,
        memory_events="low 0\nhigh 0\nmax 7\noom 4\noom_kill 3",
    )
    assert read(machine) == MemoryLimitReading(500, 300, 3)


def test_version_1_the_smallest_limit_up_the_hierarchy_holds(machine: Machine) -> None:
    machine.mount(1, "cpu", options="rw,cpu")
    root = machine.mount(1, "memory", options="rw,memory")
    machine.process(42, "5:cpu,cpuacct:/other", "4:memory:/docker/bot", "0::/")
    machine.group(root, cgroup_sane_behavior=0, memory_limit_in_bytes=UNLIMITED_V1, memory_usage_in_bytes=9000)
    machine.group(root / "docker", memory_limit_in_bytes=700)
    machine.group(
        root / "docker" / "bot",
        memory_limit_in_bytes=UNLIMITED_V1,
        memory_usage_in_bytes=300,
        memory_oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 2",
    )
    assert read(machine) == MemoryLimitReading(700, 300, 2)


def test_version_1_a_limit_outside_the_container_is_known_from_its_statistics(machine: Machine) -> None:
    root = machine.mount(1, "memory", root="/docker/bot", options="rw,memory")
    machine.process(42, "4:memory:/docker/bot")
    machine.group(
        root,
        memory_limit_in_bytes=UNLIMITED_V1,
        memory_usage_in_bytes=300,
        memory_stat="cache 1\nhierarchical_memory_limit 800\ntotal_inactive_file 5",
    )
    assert read(machine) == MemoryLimitReading(800, 300, None)


def test_a_container_with_a_namespace_of_its_own_has_its_group_at_the_root(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process(42, "0::/")
    machine.group(root, cgroup_type="domain", memory_max=900, memory_current=10, memory_events="oom_kill 1")
    assert read(machine) == MemoryLimitReading(900, 10, 1)


@pytest.mark.parametrize(
    ("version", "options", "membership", "files"),
    [
        (2, "rw", "0::/", {"memory_stat": "inactive_file 1"}),
        (1, "rw,memory", "4:memory:/", {"cgroup_sane_behavior": 0, "memory_usage_in_bytes": 9}),
    ],
)
def test_the_whole_machines_group_is_nobodys_own(
    machine: Machine, version: int, options: str, membership: str, files: dict[str, str | int]
) -> None:
    machine.group(machine.mount(version, "cgroup", options=options), **files)
    machine.process(42, membership)
    assert read(machine) == MemoryLimitReading(PHYSICAL, None, None)


def test_hybrid_version_1_counts_where_it_has_the_memory_controller(machine: Machine) -> None:
    unified = machine.mount(2, "unified")
    memory = machine.mount(1, "memory", options="rw,memory")
    machine.process(42, "4:memory:/bot", "1:name=systemd:/bot", "0::/bot")
    machine.group(unified / "bot", cgroup_type="domain", memory_max=100, memory_current=1)
    machine.group(memory / "bot", memory_limit_in_bytes=600, memory_usage_in_bytes=300)
    assert read(machine) == MemoryLimitReading(600, 300, None)


def test_a_group_without_the_controller_is_accounted_for_in_the_one_around_it(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process(42, "0::/service/inner")
    machine.group(root / "service" / "inner", cgroup_type="domain")
    machine.group(root / "service", cgroup_type="domain", memory_max=400, memory_current=30, memory_events="oom_kill 5")
    assert read(machine) == MemoryLimitReading(400, 30, 5)


@pytest.mark.parametrize("membership", ["0::/../other", "0::/elsewhere", "", "nonsense", "0::/docker/bot"])
def test_a_group_that_cannot_be_seen_leaves_the_physical_memory(machine: Machine, membership: str) -> None:
    machine.mount(2, "cgroup", root="/docker/mine")
    machine.process(42, membership)
    assert read(machine) == MemoryLimitReading(PHYSICAL, None, None)


def test_a_limit_above_the_physical_memory_is_none(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.process(42, "0::/bot")
    machine.group(root / "bot", cgroup_type="domain", memory_max=PHYSICAL * 2, memory_current=5)
    assert read(machine).limit_bytes == PHYSICAL


def test_a_process_that_moves_is_followed(machine: Machine) -> None:
    root = machine.mount(2, "cgroup")
    machine.group(root / "a", cgroup_type="domain", memory_max=100, memory_current=5)
    machine.group(root / "b", cgroup_type="domain", memory_max=200, memory_current=6)
    machine.process(42, "0::/a")
    source = MemoryLimitSource(42, machine.proc, PHYSICAL)
    assert source.read().limit_bytes == 100
    machine.process(42, "0::/b")
    assert source.read() == MemoryLimitReading(200, 6, None)


def test_a_system_without_control_groups_has_its_physical_memory(tmp_path: Path) -> None:
    assert MemoryLimitSource(42, tmp_path, PHYSICAL).read() == MemoryLimitReading(PHYSICAL, None, None)


def test_this_machine_has_a_limit_that_it_can_meet() -> None:
    assert 0 < MemoryLimitSource(os.getpid()).read().limit_bytes <= psutil.virtual_memory().total
