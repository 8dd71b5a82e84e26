"""A made-up /proc with processes that come, go and change."""

import mmap
import shutil
from collections.abc import Sequence
from pathlib import Path

PAGE_BYTES = mmap.PAGESIZE


class FakeProc:
    """Writes the files of `/proc/PID` that a process tree is read from, below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def process(
        self,
        pid: int,
        parent: int = 1,
        argv: Sequence[str] = ("python3", "bot.py"),
        *,
        name: str = "python3",
        pages: int = 10,
        started: int = 100,
        state: str = "S",
        threads: int = 1,
        cpu_ticks: tuple[int, int] = (0, 0),
        children: Sequence[int] = (),
    ) -> None:
        """Put a process there, or change the one that is."""
        folder = self.root / str(pid)
        task = folder / "task" / str(pid)
        task.mkdir(parents=True, exist_ok=True)
        (task / "children").write_text("".join(f"{child} " for child in children))
        user, system = map(str, cpu_ticks)
        fields = [state, str(parent), *["0"] * 9, user, system, *["0"] * 4, str(threads), "0", str(started), "999", "1"]
        (folder / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")
        (folder / "statm").write_text(f"{pages * 2 if pages else 0} {pages} 1 1 0 1 0\n")
        (folder / "cmdline").write_bytes("".join(argument + "\0" for argument in argv).encode())

    def end(self, pid: int) -> None:
        """Take a process away."""
        shutil.rmtree(self.root / str(pid))
