import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.heap_changes import ChangesReading, TypeChange
from botvitals_exporter.readings import (
    ChildrenReading,
    MemoryLimitReading,
    ModuleCount,
    ThreadReading,
    TypeCount,
)
from botvitals_exporter.recorders.records import heap_record, process_record
from support_reports import (
    MB,
    OWNERS,
    TWO_CHILDREN,
    child_reading,
    heap_report,
    many_modules,
    many_types,
    process_reading,
    process_report,
)

ANY_TEXT = st.text(st.characters(), max_size=30)  # lone surrogates included
TELEGRAM_TOKEN = "123456789:AAF0abcdefghijklmnopqrstuvwxyz01234"
LIMIT = MemoryLimitReading(limit_bytes=512 * MB, cgroup_memory_bytes=300 * MB, oom_kills=1)


def test_a_heap_record_has_the_keys_that_readers_know() -> None:
    record = heap_record(heap_report(), shown=20)
    assert record["timestamp"] == "2026-01-02 14:25:30"
    assert record["iteration"] == 1
    assert record["total_objects"] == 567_890
    assert record["threads"] == [
        {"name": "MainThread", "daemon": False, "alive": True},
        {"name": "AsyncOpenAIClient", "daemon": True, "alive": True},
    ]
    assert record["gc_stats"] == {"collections": [1_234, 56, 3], "garbage": 2, "tracked": 456_789}
    assert record["summary"][0] == {"type": "<class 'dict'>", "count": 125_843, "size": round(45.23 * MB)}
    assert record["module_stats"] == {
        "top_modules": [["builtins", 169_144, round(26.20 * MB)]],
        "total_modules": 1,
    }


def test_a_heap_record_tells_beside_them_what_the_census_cost_and_how_large_all_is() -> None:
    record = heap_record(heap_report(), shown=20)
    assert record["schema"] == 1
    assert record["total_bytes"] == round(45.23 * MB) + 30 * MB
    assert record["process"] is None
    assert record["census"] == {
        "engine": "inline",
        "time_seconds": record["time_seconds"],
        "pause_seconds": 0.07,
        "duration_seconds": 1.8,
        "cpu_seconds": 1.7,
        "unexplained_bytes": 3 * MB,
    }


def test_a_heap_record_tells_owners_where_they_were_asked_for() -> None:
    assert "owners" not in heap_record(heap_report(), shown=20)
    assert heap_record(heap_report(owners=OWNERS), shown=20)["owners"] == {
        "top_classes": [["bot.Session", 900_000, round(61.5 * MB)]],
        "top_modules": [["bot", 900_100, round(62.25 * MB)], ["builtins", 4_321, round(1.5 * MB)]],
    }
    cut = heap_record(heap_report(owners=OWNERS), shown=1, limit=1)["owners"]["top_modules"]
    assert cut == [["bot", 900_100, round(62.25 * MB)], ["other", 4_321, round(1.5 * MB)]]


def test_a_process_record_has_memory_and_children_by_role() -> None:
    third = child_reading(9, 1, role="uvicorn")
    record = process_record(process_report(children=(*TWO_CHILDREN, third), limit=LIMIT))
    assert record["timestamp"] == "2026-01-02 14:23:15"
    assert record["iteration"] == 1
    assert record["process"] == {
        "pid": 12345,
        "resident_memory_bytes": round(45.82 * MB),
        "virtual_memory_bytes": round(12.34 * MB),
        "memory_ratio": 0.0025,
        "memory_by_kind": {"anonymous": 40 * MB, "file": 5 * MB},
        "threads": 4,
        "open_fds": 9,
        "start_time_seconds": 1_000.0,
        "cpu_seconds": 2.5,
        "limit_bytes": 512 * MB,
        "cgroup_memory_bytes": 300 * MB,
        "oom_kills": 1,
        "children": [
            {
                "role": "chromadb.server",
                "processes": 1,
                "resident_memory_bytes": round(520.15 * MB),
                "virtual_memory_bytes": round(1040.30 * MB),
            },
            {
                "role": "uvicorn",
                "processes": 2,
                "resident_memory_bytes": round(203.49 * MB) + MB,
                "virtual_memory_bytes": round(406.98 * MB) + 2 * MB,
            },
        ],
    }


def test_both_verbs_record_the_process_in_the_same_shape() -> None:
    children = ChildrenReading(TWO_CHILDREN)
    inside = heap_record(heap_report(process=process_reading(), children=children, limit=LIMIT), shown=20)
    assert inside["process"] == process_record(process_report(limit=LIMIT))["process"]


def test_children_that_could_not_be_read_are_left_out_and_not_taken_for_none() -> None:
    assert "children" not in heap_record(heap_report(process=process_reading()), shown=20)["process"]
    assert process_record(process_report(children=()))["process"]["children"] == []


def test_roles_beyond_the_twentieth_are_added_up_as_other() -> None:
    children = tuple(child_reading(pid, 100 - pid, role=f"role{pid}") for pid in range(25))
    rows = process_record(process_report(children=children))["process"]["children"]
    assert [row["role"] for row in rows] == [*(f"role{place}" for place in range(20)), "other"]
    assert rows[-1]["processes"] == 5
    assert rows[-1]["resident_memory_bytes"] == (80 + 79 + 78 + 77 + 76) * MB


@pytest.mark.parametrize("number", [5, 200, 201, 1_000])
def test_the_rows_add_up_to_the_totals(number: int) -> None:
    record = heap_record(heap_report(types=many_types(number), modules=many_modules(number)), shown=20)
    modules = record["module_stats"]["top_modules"]
    assert sum(row["count"] for row in record["summary"]) == record["total_objects"]
    assert sum(row["size"] for row in record["summary"]) == record["total_bytes"]
    assert sum(size for _, _, size in modules) == record["total_bytes"]
    assert len(record["summary"]) == len(modules) == min(number, 200) + (number > 200)


def test_there_is_a_row_other_only_where_there_is_a_rest() -> None:
    assert "other" not in str(heap_record(heap_report(types=many_types(200), modules=many_modules(200)), shown=20))
    record = heap_record(heap_report(types=many_types(201), modules=many_modules(201)), shown=20)
    assert record["summary"][-1] == {"type": "other", "count": 9_800, "size": 999_800}
    assert record["module_stats"]["top_modules"][-1] == ["other", 9_800, 999_800]
    assert record["module_stats"]["total_modules"] == 201


def test_every_type_that_the_screen_shows_is_recorded() -> None:
    report = heap_report(types=many_types(400), modules=many_modules(400))
    record = heap_record(report, shown=300)
    assert len(record["summary"]) == len(record["module_stats"]["top_modules"]) == 301
    changes = ChangesReading((TypeChange("bot.Type350", 5, 5), TypeChange("bot.Gone", -1, -1)))
    record = heap_record(report, shown=20, limit=50, changes=changes)
    assert [row["type"] for row in record["summary"]][48:] == [
        "<class 'bot.Type48'>",
        "<class 'bot.Type49'>",
        "<class 'bot.Type350'>",
        "other",
    ]
    assert sum(row["count"] for row in record["summary"]) == record["total_objects"]


def test_a_module_of_the_bots_called_other_does_not_hide_the_rest() -> None:
    modules = (ModuleCount("other", 7, 70), ModuleCount("builtins", 1, 10))
    record = heap_record(heap_report(modules=modules), shown=20)
    assert record["module_stats"]["top_modules"] == [["builtins", 1, 10], ["other", 7, 70]]


def test_tokens_in_thread_names_and_roles_are_not_recorded() -> None:
    threads = (ThreadReading(f"poll {TELEGRAM_TOKEN}", daemon=True, alive=True),)
    children = ChildrenReading((child_reading(1, 1, role=f"bot{TELEGRAM_TOKEN}"),))
    report = heap_report(threads=threads, process=process_reading(), children=children)
    assert TELEGRAM_TOKEN not in json.dumps(heap_record(report, shown=20))


def test_no_command_of_a_child_is_recorded() -> None:
    child = child_reading(1, 1, "python secret_looking_argument")
    assert "secret_looking_argument" not in json.dumps(process_record(process_report(children=(child,))))


@given(type_name=ANY_TEXT, module=ANY_TEXT, thread=ANY_TEXT, role=ANY_TEXT)
def test_a_record_is_valid_json_whatever_things_are_called(type_name: str, module: str, thread: str, role: str) -> None:
    report = heap_report(
        types=(TypeCount(type_name, 1, 2),),
        modules=(ModuleCount(module, 1, 2),),
        threads=(ThreadReading(thread, daemon=False, alive=True),),
        process=process_reading(),
        children=ChildrenReading((child_reading(1, 1, role=role),)),
    )
    record = heap_record(report, shown=20)
    # Strictly UTF-8, as readers other than Python's ask for it: a lone surrogate would raise here.
    text = json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert json.loads(text) == record
    assert not re.search(rb"\\ud[89a-f]", text)


def test_a_record_tells_the_moment_also_where_clocks_are_set_back() -> None:
    report = replace(process_report(), time_seconds=1_700_000_000.5)
    assert process_record(report)["time_seconds"] == 1_700_000_000.5
