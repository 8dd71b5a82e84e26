import platform
import sys

import pytest

from botvitals_exporter.sources.allocator import AllocatorSource

MEGABYTE = 1024 * 1024
needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has mallinfo2")


def source_or_skip() -> AllocatorSource:
    source = AllocatorSource.find()
    if source is None:
        pytest.skip("this glibc is older than 2.33")
    return source


@needs_glibc
def test_memory_is_used_while_it_is_held() -> None:
    source = source_or_skip()
    before = source.read()
    block = bytearray(64 * MEGABYTE)
    held = source.read()
    del block
    after = source.read()
    assert held.used_bytes - before.used_bytes >= 64 * MEGABYTE
    assert held.used_bytes - after.used_bytes >= 64 * MEGABYTE


@needs_glibc
def test_small_blocks_given_back_are_free_but_kept() -> None:
    source = source_or_skip()
    blocks = [bytearray(2000) for _ in range(20_000)]
    last = bytearray(2000)
    before = source.read()
    blocks.clear()
    assert source.read().free_bytes - before.free_bytes >= 20_000 * 2000 * 0.9
    assert len(last) == 2000


def test_no_other_system_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert AllocatorSource.find() is None
