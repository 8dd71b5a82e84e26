from pathlib import Path

import pytest

from botvitals_exporter.plot.lines import read_lines


def lines(path: Path, longest_bytes: int = 100) -> list[bytes | None]:
    return [line for _, line in read_lines(path, longest_bytes)]


def test_lines_come_whole_and_blank_ones_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one\r\n\n  \ntwo\nunfinished")
    assert lines(path) == [b"one\r\n", b"two\n", b"unfinished"]


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbf{}\n")
    assert lines(path) == [b"{}\n"]


@pytest.mark.parametrize("end", [b"\nnext\n", b""])
def test_a_line_that_is_too_long_is_skipped_to_its_end(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\n" + b"x" * 5_000_000 + end)
    assert lines(path) == [b"first\n", None, *([b"next\n"] if end else [])]


def test_a_line_of_exactly_the_longest_length_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 99 + b"\n" + b"next\n")
    assert lines(path, 100) == [b"x" * 99 + b"\n", b"next\n"]


def test_what_is_appended_meanwhile_is_left_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one\ntwo\n")
    seen = []
    for _, line in read_lines(path):
        seen.append(line)
        with path.open("ab") as file:
            file.write(b"more\n")
        assert len(seen) < 10
    assert seen == [b"one\n", b"two\n"]


def test_positions_end_at_the_size_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one\n" + b"y" * 3000 + b"\nlast\n")
    assert [position for position, _ in read_lines(path, 100)] == [4, 3005, path.stat().st_size]
