import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.plot.grouping import Grouping, Value
from botvitals_exporter.plot.records import Record, UnusableLineError, record_decoder
from support_recordings import heap_record, process_record


def decode(record: dict[str, Any] | str | bytes, by: Grouping = "type", value: Value = "bytes") -> Record:
    if isinstance(record, dict):
        record = json.dumps(record)
    return record_decoder(by, value)(record.encode() if isinstance(record, str) else record)


def rows(record: Record, by: Grouping = "type") -> dict[str, float]:
    return {row.name: row.value for row in record.rows[by]}


@pytest.mark.parametrize(("value", "expected"), [("bytes", 5000), ("count", 50)])
@pytest.mark.parametrize("by", ["type", "module"])
def test_rows_are_those_of_the_grouping_and_value_asked_for(by: Grouping, value: Value, expected: int) -> None:
    record = decode(heap_record(3, {"dict": 5000}), by, value)
    assert rows(record, by) == {"<class 'dict'>" if by == "type" else "dict": expected}
    assert record.iteration == 3


def test_a_record_tells_what_it_holds_beside_what_was_decoded() -> None:
    assert decode(heap_record(1, {"dict": 1}), "module").holds == {"type", "module"}
    assert decode(process_record(1, 10), "module").holds == {"process"}


def test_processes_are_the_bot_its_roles_and_the_total() -> None:
    record = decode(process_record(1, 100, [("chromadb.server", 2, 30)], limit=1000))
    assert rows(record, "process") == {"<bot>": 100, "chromadb.server": 30, "<total>": 130}
    assert record.limit_bytes == 1000
    counted = decode(process_record(1, 100, [("chromadb.server", 2, 30)]), "process", "count")
    assert rows(counted, "process") == {"chromadb.server": 2, "<total>": 2}


def test_children_that_could_not_be_read_leave_a_gap_in_the_total_and_not_a_dip() -> None:
    assert rows(decode(process_record(1, 100, None)), "process") == {"<bot>": 100}


def test_time_is_local_time_without_a_zone() -> None:
    assert decode({**heap_record(1, {}), "timestamp": "1970-01-02 00:00:01"}).time_seconds == 86401


@pytest.mark.parametrize(
    "timestamp", ["yesterday", "", "20:15", 12, None, "0001-01-01 00:00:00", "9999-12-31 00:00:00"]
)
def test_a_timestamp_that_no_clock_shows_makes_a_line_unusable(timestamp: Any) -> None:
    with pytest.raises(UnusableLineError):
        decode({**heap_record(1, {"dict": 1}), "timestamp": timestamp})


@pytest.mark.parametrize("size", ["NaN", "Infinity", "-1", "1e999", "99999999999999999999999", '"5"', "null"])
def test_what_no_memory_can_be_makes_a_line_unusable(size: str) -> None:
    line = json.dumps(heap_record(1, {"dict": 4711})).replace("4711", size)
    with pytest.raises(UnusableLineError):
        decode(line)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"5", b"{}", b"\x89PNG\r\n", b"\0" * 50, b'{"a":' * 100_000, b"\xff\xfe{}"],
    ids=["nothing", "cut", "list", "number", "empty", "png", "zeros", "deep", "utf-16"],
)
def test_a_line_that_is_no_record_is_unusable(line: bytes) -> None:
    with pytest.raises(UnusableLineError):
        decode(line)


def test_a_record_with_nothing_to_draw_is_unusable() -> None:
    with pytest.raises(UnusableLineError):
        decode({"timestamp": "2026-11-20 22:00:00", "iteration": 1})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (rb"\ud800", "�"),
        (rb"a\udc80b", "a�b"),
        (rb"\ud83d\ude00", "😀"),
        (rb"\\ud800", "\\ud800"),
        (rb"\ud800\ud83d\ude00", "�😀"),
        (b"\xff", "�"),
    ],
)
def test_an_odd_name_does_not_cost_its_line(written: bytes, read: str) -> None:
    line = json.dumps(heap_record(1, {"NAME": 7, "BROKEN": 8})).encode()
    line = line.replace(b"NAME", written).replace(b"BROKEN", rb"\ud800")
    assert rows(decode(line))[f"<class '{read}'>"] in (7, 8)


@given(st.binary(max_size=200))
def test_no_bytes_do_worse_than_being_unusable(line: bytes) -> None:
    with pytest.raises(UnusableLineError):
        decode(line)
