"""The real servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from support_programs import eventually, free_port, get, running, server_folder


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
