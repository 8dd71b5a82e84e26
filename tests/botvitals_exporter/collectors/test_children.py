from botvitals_exporter.collectors.children import ChildrenCollector
from botvitals_exporter.readings import ChildReading, ChildrenReading
from botvitals_exporter.watch import Watch
from support_reports import child_reading, process_reading
from support_vitals import failures, registry_of

MB = 1024**2


def registry_with(*children: ChildReading, said: list[str] | None = None, process_is_read: bool = True):
    process = Watch("process", process_reading, failures())
    if process_is_read:
        process.refresh()
    watch = Watch("children", lambda: ChildrenReading(children), failures())
    watch.refresh()
    say = failures().say_safely if said is None else said.append
    return registry_of([ChildrenCollector(process, watch, say)])


def test_children_of_one_role_are_added_up():
    registry = registry_with(child_reading(7, 10, role="uvicorn"), child_reading(8, 20, role="uvicorn"))
    role = {"role": "uvicorn"}
    assert registry.get_sample_value("botvitals_child_processes", role) == 2
    assert registry.get_sample_value("botvitals_child_resident_memory_bytes", role) == 30 * MB
    assert registry.get_sample_value("botvitals_child_virtual_memory_bytes", role) == 60 * MB


def test_the_tree_is_the_bot_and_its_children():
    registry = registry_with(child_reading(7, 10))
    expected = process_reading().resident_memory_bytes + 10 * MB
    assert registry.get_sample_value("botvitals_tree_resident_memory_bytes") == expected


def test_without_children_the_tree_is_the_bot_alone():
    registry = registry_with()
    expected = process_reading().resident_memory_bytes
    assert registry.get_sample_value("botvitals_tree_resident_memory_bytes") == expected
    assert registry.get_sample_value("botvitals_collector_up", {"collector": "children"}) == 1


def test_there_is_no_tree_while_the_bot_itself_was_not_read():
    registry = registry_with(child_reading(7, 10), process_is_read=False)
    assert registry.get_sample_value("botvitals_tree_resident_memory_bytes") is None
    assert registry.get_sample_value("botvitals_child_processes", {"role": "chromadb.server"}) == 1


def test_more_than_twenty_roles_are_summed_which_is_said_once():
    said: list[str] = []
    registry = registry_with(*(child_reading(n, 100 - n, role=f"worker{n}") for n in range(1, 26)), said=said)
    for _scrape in range(2):
        roles = {
            sample.labels["role"]: sample.value
            for family in registry.collect()
            if family.name == "botvitals_child_processes"
            for sample in family.samples
        }
    assert len(roles) == 21
    assert roles["__other__"] == 5
    assert sum(roles.values()) == 25
    assert said == ["More than 20 roles of child processes: the smallest are summed as __other__ in the metrics"]


def test_a_secret_in_a_role_is_not_published():
    token = "123456789:AAF" + "x" * 32
    registry = registry_with(child_reading(7, 10, role=token))
    assert not any(token in str(sample) for family in registry.collect() for sample in family.samples)
