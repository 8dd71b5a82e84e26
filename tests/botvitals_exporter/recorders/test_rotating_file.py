import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from botvitals_exporter.recorders.rotating_file import RotatingFile


def test_blocks_are_appended_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"before\n")
    RotatingFile(path).append(b"one\n")
    RotatingFile(path).append(b"two\n")
    assert path.read_bytes() == b"before\none\ntwo\n"


def test_missing_folders_are_made(tmp_path: Path) -> None:
    RotatingFile(tmp_path / "a" / "b" / "log").append(b"one\n")
    assert (tmp_path / "a" / "b" / "log").read_bytes() == b"one\n"


def test_a_file_that_would_pass_its_bound_is_renamed_and_begun_anew(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=8)
    for block in (b"one\n", b"two\n", b"three\n"):
        file.append(block)
    assert (tmp_path / "log.1").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "log").read_bytes() == b"three\n"


def test_an_older_renamed_file_is_replaced_so_that_two_files_are_all(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=100)
    for number in range(1_000):
        file.append(f"{number}\n".encode() * 3)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["log", "log.1"]
    assert sum(entry.stat().st_size for entry in tmp_path.iterdir()) <= 200
    assert (tmp_path / "log").read_bytes().endswith(b"999\n999\n999\n")


def test_a_block_larger_than_the_bound_stays_in_one_piece(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=4)
    file.append(b"a long block\nof two lines\n")
    file.append(b"x\n")
    assert (tmp_path / "log.1").read_bytes() == b"a long block\nof two lines\n"
    assert (tmp_path / "log").read_bytes() == b"x\n"


@pytest.mark.parametrize("tail", [b'{"a": 1}\n{"a": ', b'{"a": 1}\n{"a": 2}', b"\xe8\xbf"])
def test_a_line_that_a_crash_cut_off_is_ended_and_kept(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(tail)
    RotatingFile(path).append(b"next\n")
    assert path.read_bytes() == tail + b"\nnext\n"


def test_a_file_removed_meanwhile_is_begun_anew_with_its_folder(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "folder" / "log")
    file.append(b"one\n")
    (tmp_path / "folder" / "log").unlink()
    (tmp_path / "folder").rmdir()
    file.append(b"two\n")
    assert (tmp_path / "folder" / "log").read_bytes() == b"two\n"


def test_a_relative_path_stays_where_it_was_when_the_bot_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "start").mkdir()
    monkeypatch.chdir(tmp_path / "start")
    file = RotatingFile(Path("log"))
    monkeypatch.chdir(tmp_path)
    file.append(b"one\n")
    assert (tmp_path / "start" / "log").read_bytes() == b"one\n"


def test_a_symbolic_link_stays_one_when_its_file_is_full(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "log").symlink_to(tmp_path / "disk" / "real")
    file = RotatingFile(tmp_path / "log", max_bytes=4)
    file.append(b"one\n")
    file.append(b"two\n")
    assert (tmp_path / "log").is_symlink()
    assert (tmp_path / "disk" / "real.1").read_bytes() == b"one\n"
    assert (tmp_path / "disk" / "real").read_bytes() == b"two\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
def test_the_umask_decides_who_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        RotatingFile(tmp_path / "log").append(b"one\n")
    finally:
        os.umask(before)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o640


def test_a_folder_in_the_files_place_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with pytest.raises(OSError, match="log"):
        RotatingFile(tmp_path / "log").append(b"one\n")


def test_a_file_in_the_folders_place_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(OSError, match="data"):
        RotatingFile(tmp_path / "data" / "log").append(b"one\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_device_is_an_os_error() -> None:
    with pytest.raises(OSError, match="No space left"):
        RotatingFile(Path("/dev/full")).append(b"one\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_that_nobody_reads_does_not_hold_the_bot_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(BlockingIOError):
        RotatingFile(tmp_path / "log").append(b"x" * 10_000_000)


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    file = RotatingFile(tmp_path / "log", max_bytes=50)
    for _ in range(50):
        file.append(b"one\n")
    (tmp_path / "log").unlink()
    (tmp_path / "log").mkdir()
    for _ in range(50):
        with pytest.raises(IsADirectoryError):
            file.append(b"one\n")
    after = len(list(Path("/proc/self/fd").iterdir()))
    assert after == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit a file's size")
def test_a_disk_that_fills_up_within_a_block_leaves_no_fragment_and_works_again_later(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from botvitals_exporter.recorders.rotating_file import RotatingFile

        path = Path(sys.argv[1])
        file = RotatingFile(path)
        file.append(b"first\\n")
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
        for _ in range(3):
            try:
                file.append(b"x" * 30 + b"\\n")
            except OSError as error:
                print(error.errno, path.stat().st_size)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        file.append(b"second\\n")
    """)
    path = tmp_path / "log"
    result = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == ["27 6"] * 3
    assert path.read_bytes() == b"first\nsecond\n"
