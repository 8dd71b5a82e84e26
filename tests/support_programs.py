"""Starting real programs and asking them; where a server has not been built its tests are skipped, in CI they fail."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from typing import Any

import pytest

import support_servers

BOTVITALS = (sys.executable, "-m", "botvitals_exporter")
PATIENCE_SECONDS = 60.0


def server_folder(server: str) -> Path:
    """Return the folder of a built server; skip the test, or in CI fail it, where it has not been built."""
    if not support_servers.is_built(server):
        reason = f"{server} has not been built: make servers"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return support_servers.folder(server)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> str:
    """Return what `url` answers."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def eventually(look: Callable[[], Any], what: str) -> Any:
    """Return the first true value of `look`, asked again and again; it may raise OSError until its server is up."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if found := look():
                return found
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail(f"not within {PATIENCE_SECONDS:.0f} s: {what}")


@contextmanager
def serving(server: HTTPServer) -> Iterator[None]:
    """Let a server of the test's own answer, on a thread, for as long as the block lasts."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(*command: str, patience_seconds: float = 15.0, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as the block lasts; it is killed where SIGTERM does not end it in that time."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(patience_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
