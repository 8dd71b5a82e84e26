"""The bot's process as the operating system sees it."""

from pathlib import Path

import psutil

from botvitals_exporter.readings import ProcessReading
from botvitals_exporter.sources.process_look import look_at_process


class ProcessSource:
    """Reads the process `pid`, which must be running: raises psutil.NoSuchProcess otherwise.

    The process is told from a later one with the same pid by when it was started. On Linux the kernel's files tell all
    of it, read as `kernel_files` does; elsewhere psutil asks the system.
    """

    def __init__(self, pid: int, proc: Path = Path("/proc")) -> None:
        self.pid = pid
        self._machine_memory_bytes = psutil.virtual_memory().total
        self._look = look_at_process(pid, proc)
        if not self.is_running():
            raise psutil.NoSuchProcess(pid)

    def is_running(self) -> bool:
        """Return whether it still runs: a zombie does not, nor does another process with its pid."""
        return self._look.is_running()

    def read(self) -> ProcessReading:
        """Return what the process takes now.

        Raises psutil.NoSuchProcess once it does not run any more, psutil.AccessDenied or OSError where not even its
        memory can be read; a lesser field that may not be read is None.
        """
        reading = self._look.read(self._machine_memory_bytes)
        # A process that is on its way out has given its memory back before it is a zombie.
        if reading is None or reading.virtual_memory_bytes == 0 or not self.is_running():
            raise psutil.NoSuchProcess(self.pid)
        return reading
