"""The real servers. Where one has not been built its tests say so and are skipped; in CI that is a failure."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "servers"))

import build

BOTVITALS = (sys.executable, "-m", "botvitals_exporter")
PATIENCE_SECONDS = 60.0


def server_folder(server: str) -> Path:
    """Return the folder of a built server; skip the test, or in CI fail it, where it has not been built."""
    if not build.is_built(server):
        reason = f"{server} has not been built: make servers"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return build.folder(server)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, headers: dict[str, str] | None = None) -> str:
    """Return what `url` answers."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
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
def running(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a program for as long as the block lasts."""
    with subprocess.Popen(command, text=True, **options) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture
def promtool() -> Path:
    return server_folder("prometheus") / "promtool"


@pytest.fixture
def prometheus(tmp_path: Path) -> Callable[..., Any]:
    """Return a context manager that runs a real Prometheus which scrapes a port every half second; it gives its URL."""
    binary = server_folder("prometheus") / "prometheus"

    @contextmanager
    def scraping(port: int) -> Iterator[str]:
        configuration = tmp_path / "prometheus.yml"
        configuration.write_text(
            "global: {scrape_interval: 500ms}\n"
            f"scrape_configs: [{{job_name: bot, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
        )
        own_port = free_port()
        with (
            (tmp_path / "prometheus.log").open("w") as log,
            running(
                str(binary),
                f"--config.file={configuration}",
                f"--storage.tsdb.path={tmp_path / 'prometheus'}",
                f"--web.listen-address=127.0.0.1:{own_port}",
                "--enable-feature=exemplar-storage",
                stdout=log,
                stderr=log,
            ),
        ):
            url = f"http://127.0.0.1:{own_port}"
            eventually(lambda: get(f"{url}/-/ready"), "Prometheus is ready")
            yield url

    return scraping
