"""The port that a command serves /metrics on: taken first, so that one in use is known before the bot starts."""

from contextlib import ExitStack

from botvitals.language import gettext as _
from botvitals_exporter.commands.errors import CommandError
from botvitals_exporter.commands.options import Watching
from botvitals_exporter.console.terminal import Terminal
from botvitals_exporter.server.listener import DEFAULT_PORT, Listener, ListenError, listen


def open_listener(watching: Watching, stack: ExitStack) -> Listener | None:
    """Return the listener that `watching` asks for, closed with `stack`; None for none."""
    if not watching.serves_metrics:
        return None
    try:
        listener = listen(watching.host, watching.port)
    except ListenError as error:
        raise CommandError(str(error)) from error
    stack.callback(listener.close)
    return listener


def say_where(watching: Watching, listener: Listener | None, terminal: Terminal) -> None:
    """Say on which address the metrics are, and that 9464 was not to be had where another port was taken for it."""
    if listener is None:
        return
    if watching.port is None and listener.port != DEFAULT_PORT:
        text = _("metrics: {url}/metrics (port {port} is in use)")
    else:
        text = _("metrics: {url}/metrics")
    terminal.say(text.format(url=listener.url, port=DEFAULT_PORT))
