"""The bot's output on its way to the terminal: read at once, so that the bot never waits for us, shown line by line."""

import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO

from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.launcher.unfinished_line import UnfinishedLine

READ_BYTES = 65_536
QUEUE_CHUNKS = 64
# Python that does not buffer writes a line in two pieces: after a short read the next ones are let come together, which
# costs a chatty bot's output a fraction of the processor time and nobody notices.
SHORT_READ_BYTES = 4_096
GATHER_SECONDS = 0.001
# After the bot's end its pipe is empty within moments; only children that it left behind keep it open. They are heard
# for as long as this, in seconds of silence added up and in bytes (more than the pipe and the queue hold).
DRAIN_SECONDS = 0.5
DRAIN_BYTES = 16 * 1024 * 1024


class Relay:
    """Carries what comes out of `source`, a pipe without a buffer, to `terminal`, on two threads of its own.

    At most `QUEUE_CHUNKS` reads wait in between: a terminal that stands still makes the bot wait, as it would without
    us. A terminal that is gone does not: the output is read and lost. `on_end` is called once, when all is shown.
    """

    def __init__(
        self,
        source: IO[bytes],
        terminal: Terminal,
        on_end: Callable[[], None],
        *,
        drain_seconds: float = DRAIN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._terminal = terminal
        self._on_end = on_end
        self._spare_seconds = drain_seconds
        self._spare_bytes = DRAIN_BYTES
        self._clock = clock
        self._chunks: queue.Queue[bytes | None] = queue.Queue(QUEUE_CHUNKS)
        self._bot_has_ended = False
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether all is shown that ever will be."""
        return self._is_over

    def start(self) -> None:
        """Begin to read and to show."""
        threading.Thread(target=self._read, name="botvitals-relay-reader", daemon=True).start()
        threading.Thread(target=self._show, name="botvitals-relay-writer", daemon=True).start()

    def bot_has_ended(self) -> None:
        """Show what is left, and do not wait for long for those who still hold the pipe open."""
        self._bot_has_ended = True
        with suppress(queue.Full):  # a full queue has the writer awake
            self._chunks.put_nowait(b"")

    def _read(self) -> None:
        with suppress(OSError), self._source:  # a pipe that breaks has ended
            while chunk := self._source.read(READ_BYTES):
                if not self._is_over:
                    self._chunks.put(chunk)
                if len(chunk) < SHORT_READ_BYTES:
                    time.sleep(GATHER_SECONDS)
        if not self._is_over:
            self._chunks.put(None)

    def _show(self) -> None:
        line = UnfinishedLine()
        while self._spare_seconds > 0 and self._spare_bytes > 0:
            chunk = self._next_chunk(line.seconds_left(self._clock()))
            if chunk is None:
                break
            is_line_open = self._terminal.bot_line_is_open
            self._terminal.write_bot_output(line.take(chunk, self._clock(), is_line_open=is_line_open))
        self._terminal.write_bot_output(line.rest())
        self._is_over = True
        self._let_reader_go()
        self._on_end()

    def _next_chunk(self, timeout_seconds: float | None) -> bytes | None:
        """Return the next chunk, empty where none came in time, None at the end."""
        has_ended = self._bot_has_ended
        if has_ended:
            timeout_seconds = min(self._spare_seconds, math.inf if timeout_seconds is None else timeout_seconds)
        began = self._clock()
        try:
            chunk = self._chunks.get(timeout=timeout_seconds)
        except queue.Empty:
            chunk = b""
        if has_ended:
            self._spare_seconds -= self._clock() - began
            self._spare_bytes -= len(chunk or b"")
        return chunk

    def _let_reader_go(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._chunks.get_nowait()
