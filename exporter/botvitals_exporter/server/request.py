"""One request of one connection, answered without a word on stderr."""

import io
import socket
from typing import TextIO
from wsgiref.simple_server import WSGIRequestHandler
from wsgiref.types import WSGIApplication


class Site:
    """What wsgiref's request handler wants to know of its server."""

    def __init__(self, app: WSGIApplication, host: str, port: int) -> None:
        self._app = app
        self.base_environ = {
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REMOTE_HOST": "",
            "CONTENT_LENGTH": "",
            "SCRIPT_NAME": "",
        }

    def get_app(self) -> WSGIApplication:
        """Return what answers the requests."""
        return self._app


class _QuietHandler(WSGIRequestHandler):
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        """Log nothing: stderr is the bot's."""

    def get_stderr(self) -> TextIO:
        """Return where wsgiref writes tracebacks: nowhere."""
        return io.StringIO()


def answer(connection: socket.socket, client_address: object, site: Site) -> None:
    """Read one request from `connection` and answer it. Raises OSError where the client is gone or silent."""
    # typeshed wants a whole WSGIServer; the handler uses what Site has.
    _QuietHandler(connection, client_address, site)  # type: ignore[arg-type]
