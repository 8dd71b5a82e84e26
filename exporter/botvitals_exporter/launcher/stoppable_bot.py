"""The bot's process as it is asked to stop, in the end killed."""

import signal
import subprocess
import sys

from botvitals.language import gettext as _
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.process_tree import ProcessTree
from botvitals_exporter.launcher.stop_signals import reaches_by_terminal


class StoppableBot:
    """Sends `process` the signals that stop it; what the system refuses is noted as a failure of `launcher`."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: Terminal, failures: Failures) -> None:
        self._process = process
        self._terminal = terminal
        self._failures = failures
        self._tree = ProcessTree(process.pid)

    def ask(self, signal_number: int) -> None:
        """Send `signal_number`, unless the terminal has sent it already."""
        if not reaches_by_terminal(signal_number, self._process.pid):
            self._send(signal_number)

    def remember_children(self) -> None:
        """Look who the bot's children are, while it still has them."""
        self._tree.look()

    def announce(self, *, terminate_seconds: float | None, kill_seconds: float) -> None:
        """Say how long the bot may still take."""
        if terminate_seconds is None:
            text = _("Waiting for the bot to end; it is killed in {kill:.0f} s")
            self._terminal.say(text.format(kill=kill_seconds))
        else:
            text = _("Waiting for the bot to end; it gets SIGTERM in {terminate:.0f} s and is killed in {kill:.0f} s")
            self._terminal.say(text.format(terminate=terminate_seconds, kill=kill_seconds))

    def terminate(self) -> None:
        """Send SIGTERM and say so."""
        self._terminal.say(_("The bot is still there: sending it SIGTERM"))
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the bot and its children and say so."""
        self._terminal.say(_("The bot is still there: killing it and its children"))
        spared = self._tree.kill()
        if spared:
            self._note(_("these processes may not be killed: {pids}").format(pids=", ".join(map(str, spared))))

    def _send(self, signal_number: int) -> None:
        try:
            if sys.platform == "win32":
                self._process.terminate()  # the one signal that Windows can send to a single process
            else:
                self._process.send_signal(signal_number)
        except OSError as error:
            self._note(_("the bot cannot be sent a signal: {reason}").format(reason=error.strerror))

    def _note(self, message: str) -> None:
        self._failures.note("launcher", message, kind=message)
