"""A made-up /proc with processes that come, go and change."""

import mmap
import shutil
from collections.abc import Sequence
from pathlib import Path

PAGE_BYTES = mmap.PAGESIZE


class FakeProc:
    """Writes the files of `/proc/PID` that processes are read from, below `root`: by us, and by psutil."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "stat").write_text("btime 1700000000\n")

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
        told = {3: state, 4: parent, 14: cpu_ticks[0], 15: cpu_ticks[1], 20: threads, 22: started}
        fields = " ".join(str(told.get(number, 0)) for number in range(3, 53))
        (folder / "stat").write_text(f"{pid} ({name}) {fields}\n")
        (folder / "status").write_text(f"Name:\t{name}\nThreads:\t{threads}\n")
        (folder / "statm").write_text(f"{pages * 2 if pages else 0} {pages} 1 1 0 1 0\n")
        (folder / "cmdline").write_bytes("".join(argument + "\0" for argument in argv).encode())

    def end(self, pid: int) -> None:
        """Take a process away."""
        shutil.rmtree(self.root / str(pid))
