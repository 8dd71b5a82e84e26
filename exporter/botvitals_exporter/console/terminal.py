"""What a person sees: our blocks and notices, and between them the bot's own output, never one inside the other."""

import os
import threading
from collections.abc import Callable, Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.console.layout import LEAST_WIDTH, WIDTH
from botvitals_exporter.console.output import Output
from botvitals_exporter.failures import Failures

BOT_MARK = b"[Bot] "
OUR_MARK = "botvitals: "
NO_READER = mark("nobody reads the output any more")


class Terminal:
    """Prints to `stream`; `notices`, where given, takes the lines of `say` instead (a command passes its stderr).

    All that is written goes through one lock and one notion of where the cursor stands. Nothing is ever raised: what
    cannot be written is lost, noted as a failure of `terminal`, and the next is tried again. Colours are shown on a
    terminal only, and not where `environ` has NO_COLOR (https://no-color.org) or a TERM that knows none.
    """

    def __init__(
        self,
        stream: TextIO | None,
        failures: Failures,
        *,
        notices: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._output = Output(stream)
        self._notices = self._output if notices is None else Output(notices)
        self._failures = failures
        # Re-entrant: what fails to be written is said in turn, by the same thread.
        self._lock = threading.RLock()
        self._bot_line_is_open = False
        self._painter = self._make_painter()

    @property
    def bot_line_is_open(self) -> bool:
        """Whether the cursor stands behind an unfinished line of the bot's."""
        return self._bot_line_is_open

    @property
    def block_width(self) -> int:
        """How many cells wide a block should be: `WIDTH`, less on a narrow terminal."""
        columns = self._output.columns
        return WIDTH if columns is None else min(WIDTH, max(columns, LEAST_WIDTH))

    def print_block(self, text: Text) -> None:
        """Print `text` and, where it lacks it, a newline; an unfinished line of the bot's is ended first."""
        lines = self._paint(text)
        with self._lock:
            self._print(self._output, lines if text.plain.endswith("\n") else lines + "\n")

    def say(self, line: str) -> None:
        """Print one line of ours under our name, to the notices where there are any."""
        with self._lock:
            self._print(self._notices, f"{OUR_MARK}{line}\n")

    def write_bot_output(self, data: bytes) -> None:
        """Write bytes of the bot's as they are, `BOT_MARK` before each line; one that goes on is not marked again."""
        if not data:
            return
        ends_line = data.endswith(b"\n")
        marked = data[:-1].replace(b"\n", b"\n" + BOT_MARK) + data[-1:]
        with self._lock:
            if not self._bot_line_is_open:
                marked = BOT_MARK + marked
            self._attempt(lambda: self._output.write_foreign_bytes(marked))
            self._bot_line_is_open = not ends_line

    def _print(self, output: Output, text: str) -> None:
        if self._bot_line_is_open and output.is_same_place_as(self._output):
            text = "\n" + text
            self._bot_line_is_open = False
        self._attempt(lambda: output.write_text(text))

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            write()
        except BrokenPipeError:
            self._failures.note("terminal", _(NO_READER), kind="closed")
        except Exception as error:  # noqa: BLE001 - a stream in a bot's hands may raise anything
            message = f"terminal: {type(error).__name__}: {error}"
            self._failures.note("terminal", message, kind=type(error).__name__)

    def _make_painter(self) -> Console | None:
        if not self._output.is_terminal or self._environ.get("NO_COLOR"):
            return None
        painter = Console(force_terminal=True, _environ=self._environ)
        return painter if painter.color_system and not painter.legacy_windows else None

    def _paint(self, text: Text) -> str:
        if self._painter is None:
            return text.plain
        # The terminal wraps what is too long for it, such as a bot's command: nothing of that is lost.
        with self._painter.capture() as capture:
            self._painter.print(text, soft_wrap=True, highlight=False, end="")
        return capture.get()
