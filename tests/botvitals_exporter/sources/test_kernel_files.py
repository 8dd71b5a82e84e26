"""The kernel's files are read whole, by an extension where there is one, and by Python's own means where not."""

import os
import sys
from pathlib import Path

import pytest

from botvitals_exporter.sources import kernel_files
from botvitals_exporter.sources.kernel_files import list_folder, read_bytes, read_text


@pytest.fixture(params=["extension", "Python"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Python":
        monkeypatch.setattr(kernel_files, "_native", None)
    elif sys.platform == "win32":
        pytest.skip("it is written for POSIX systems")
    else:
        assert kernel_files._native is not None, "it was not built; with a C compiler, install botvitals anew"


@pytest.mark.parametrize("size_bytes", [0, 1, 8191, 8192, 8193, 200_000])
def test_a_file_is_read_to_its_end(size_bytes: int, tmp_path: Path) -> None:
    content = os.urandom(size_bytes)
    (tmp_path / "file").write_bytes(content)
    assert read_bytes(tmp_path / "file") == content


def test_what_is_no_text_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"caf\xc3\xa9 \xff")
    assert read_text(tmp_path / "file").encode("utf-8", "surrogateescape") == b"caf\xc3\xa9 \xff"


def test_what_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    assert (read_bytes(tmp_path / "none"), read_text(tmp_path / "none")) == (b"", "")
    assert read_bytes(tmp_path) == b""
    assert list_folder(tmp_path / "none") == []


def test_a_folder_is_listed(tmp_path: Path) -> None:
    for name in ("1", "23", "名", "456"):
        (tmp_path / name).mkdir()
    assert sorted(list_folder(tmp_path)) == ["1", "23", "456", "名"]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_nothing_stays_open() -> None:
    before = len(list_folder("/proc/self/fd"))
    for _ in range(100):
        read_bytes("/proc/self/stat")
        read_bytes("/proc/self")
        list_folder("/proc/self/task")
    assert len(list_folder("/proc/self/fd")) == before
