"""Showing how far a long reading is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from botvitals.language import gettext as _

# Below this the picture is there before one has read the bar.
_LARGE_BYTES = 30 * 1024**2
_STEP_BYTES = 2 * 1024**2


@contextmanager
def reading_progress(total_bytes: int, stream: TextIO) -> Iterator[Callable[[int], None]]:
    """Yield what takes the bytes just read; it moves a bar on `stream` where that is a terminal and there is much."""
    if total_bytes < _LARGE_BYTES or not stream.isatty():
        yield lambda _read_bytes: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task(_("Reading"), total=total_bytes)
        waiting_bytes = 0

        def advance(read_bytes: int) -> None:
            nonlocal waiting_bytes
            waiting_bytes += read_bytes
            if waiting_bytes >= _STEP_BYTES:
                progress.advance(task, waiting_bytes)
                waiting_bytes = 0

        yield advance
