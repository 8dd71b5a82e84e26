"""Recordings as the recorders, and the script before them, write them."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 11, 20, 22, 0)
MB = 1024 * 1024


def heap_record(iteration: int, sizes: Mapping[str, float], *, start: datetime = START) -> dict[str, Any]:
    """A census as the old script recorded it: ten seconds after the one before, a hundred bytes an object."""
    rows = [(name, size // 100, size) for name, size in sizes.items()]
    return {
        "timestamp": f"{start + timedelta(seconds=10 * iteration):%Y-%m-%d %H:%M:%S}",
        "iteration": iteration,
        "summary": [
            {"type": name if name == "other" else f"<class '{name}'>", "count": count, "size": size}
            for name, count, size in rows
        ],
        "module_stats": {"top_modules": [list(row) for row in rows], "total_modules": len(rows)},
    }


def process_record(
    iteration: int, bot: int, children: Iterable[tuple[str, int, int]] | None = (), limit: int | None = None
) -> dict[str, Any]:
    """What `monitor` records; a child is its role, how many there are, and their RSS."""
    process: dict[str, Any] = {"pid": 12345, "resident_memory_bytes": bot, "limit_bytes": limit}
    if children is not None:
        process["children"] = [
            {"role": role, "processes": number, "resident_memory_bytes": rss, "virtual_memory_bytes": 2 * rss}
            for role, number, rss in children
        ]
    timestamp = f"{START + timedelta(seconds=10 * iteration):%Y-%m-%d %H:%M:%S}"
    return {"schema": 1, "timestamp": timestamp, "iteration": iteration, "process": process}


def write_recording(path: Path, records: Iterable[dict[str, Any] | str]) -> Path:
    """Write records, and strings as the lines they are."""
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path
