"""A process and all that it started, to be killed together."""

from contextlib import suppress

import psutil


class ProcessTree:
    """Process `pid` and its children, theirs and so on, as far as they were seen.

    A child whose parent has died is no longer found under the bot, so who was seen once is remembered; psutil knows a
    process by pid and start time, so that a pid given to someone else by then is left alone.
    """

    def __init__(self, pid: int) -> None:
        self._root: psutil.Process | None = None
        self._children: set[psutil.Process] = set()
        with suppress(psutil.Error):  # it may be over already
            self._root = psutil.Process(pid)

    def look(self) -> None:
        """Remember the children that there are now."""
        with suppress(psutil.Error):  # it has just ended, or may not be looked at: those seen before remain
            if self._root is not None:
                self._children.update(self._root.children(recursive=True))

    def kill(self) -> list[int]:
        """Kill the process first, so that it starts none of them anew, then the children; return pids that may not."""
        self.look()
        spared = []
        for process in ([self._root] if self._root else []) + list(self._children):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
            except psutil.AccessDenied:
                spared.append(process.pid)
        return spared
