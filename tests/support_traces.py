"""What came to an OTLP receiver, and bots that are run whole, as a user runs them."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from support_otlp import Receiver

OBJECTS = ("-m", "botvitals_exporter", "objects", "--no-metrics", "--quiet")


def resource_spans(receiver: Receiver) -> list[ResourceSpans]:
    """All that came, request by request."""
    requests = [ExportTraceServiceRequest.FromString(body) for path, _, body in receiver.received if "traces" in path]
    return [group for request in requests for group in request.resource_spans]


def span_names(receiver: Receiver) -> list[str]:
    """The names of all spans that came, sorted."""
    groups = (scope for group in resource_spans(receiver) for scope in group.scope_spans)
    return sorted(span.name for scope in groups for span in scope.spans)


def run_bot(
    folder: Path, text: str, *before: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `text` as bot.py in `folder`: by `python BEFORE… bot.py`, with no OTEL variables but those of `environ`."""
    (folder / "bot.py").write_text(text, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "BOTVITALS_"))}
    return subprocess.run(
        [sys.executable, *before, "bot.py"],
        cwd=folder,
        env=inherited | dict(environ or {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def seconds_to_end(folder: Path, environ: Mapping[str, str], *before: str) -> float:
    """Return how long after its last line a bot that has ended a few spans is gone."""
    process = run_bot(folder, ENDING_BOT, *before, environ=environ)
    gone = time.time()
    assert process.returncode == 0, process.stderr
    return gone - float(process.stdout.split()[-1])


@contextmanager
def trickling_endpoint() -> Iterator[str]:
    """The URL of a server whose answer never ends, a byte of it every tenth of a second."""
    is_over = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not is_over.wait(0.1):
                connection.sendall(b"x")

    def serve() -> None:
        with suppress(OSError):
            while True:
                thread = threading.Thread(target=answer, args=(listening.accept()[0],))
                thread.start()
                answering.append(thread)

    answering: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            is_over.set()
            listening.shutdown(socket.SHUT_RDWR)
    for thread in (serving, *answering):
        thread.join()


# Says when its own code is over; with SETUP in its environment it sets tracing up itself.
ENDING_BOT = """
import os, time
from botvitals import get_performance_monitor, setup_tracing

if __name__ == "__main__":
    if "SETUP" in os.environ:
        setup_tracing()
    monitor = get_performance_monitor()
    for number in range(3):
        with monitor.timer(f"reply_{number}"):
            pass
    time.sleep(0.1)
    print(time.time(), flush=True)
"""
