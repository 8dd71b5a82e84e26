"""Endpoints that take OTLP by HTTP, or do not: real sockets on the loopback address."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from support_programs import serving


class Receiver(ThreadingHTTPServer):
    """Keeps each request's path, headers (names in lower case) and body, and answers with `status`."""

    daemon_threads = True
    # A client that is cut off is what some tests are about, not an error to print.
    handle_error = lambda self, request, client_address: None  # noqa: E731 - one line says it

    def __init__(self, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = status
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.arrived = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def metrics(self) -> list[ExportMetricsServiceRequest]:
        return [ExportMetricsServiceRequest.FromString(body) for _, _, body in self.received]

    def await_request(self, timeout_seconds: float = 30.0) -> None:
        assert self.arrived.acquire(timeout=timeout_seconds), "no request came"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.arrived.release()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def receiver(status: int = 200) -> Iterator[Receiver]:
    """A server that takes what it gets."""
    server = Receiver(status)
    with serving(server):
        yield server


@contextmanager
def hanging_endpoint() -> Iterator[str]:
    """The URL of a socket that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def closed_endpoint() -> str:
    """Return a URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    return f"http://127.0.0.1:{port}"
