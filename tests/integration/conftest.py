"""The real servers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support_programs import eventually, free_port, get, running, server_folder


@pytest.fixture
def promtool() -> Path:
    return server_folder("prometheus") / "promtool"


@pytest.fixture
def prometheus(tmp_path: Path) -> Callable[..., Any]:
    """Return a context manager that runs a real Prometheus; it gives its URL.

    It scrapes a port every half second, and takes OTLP at `/api/v1/otlp/v1/metrics`.
    """
    binary = server_folder("prometheus") / "prometheus"

    @contextmanager
    def scraping(port: int) -> Iterator[str]:
        configuration = tmp_path / "prometheus.yml"
        configuration.write_text(
            "global: {scrape_interval: 500ms}\n"
            f"scrape_configs: [{{job_name: bot, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
            "otlp: {keep_identifying_resource_attributes: true}\n"
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
                "--web.enable-otlp-receiver",
                stdout=log,
                stderr=log,
            ),
        ):
            url = f"http://127.0.0.1:{own_port}"
            eventually(lambda: get(f"{url}/-/ready"), "Prometheus is ready")
            yield url

    return scraping


@dataclass(frozen=True)
class Jaeger:
    """A running Jaeger: where it takes spans by OTLP over HTTP, and where it answers."""

    traces_endpoint: str
    api: str


JAEGER_CONFIGURATION = """
service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}
  telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 10000}}}}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{http}"}}
    grpc: {{endpoint: "127.0.0.1:{grpc}"}}
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{otlp}"}}}}}}
exporters:
  jaeger_storage_exporter: {{trace_storage: memory}}
"""


@pytest.fixture
def jaeger(tmp_path: Path) -> Iterator[Jaeger]:
    """Run a real Jaeger, which keeps its traces in memory."""
    binary = server_folder("jaeger") / "jaeger"
    http, grpc, otlp = free_port(), free_port(), free_port()
    configuration = tmp_path / "jaeger.yaml"
    configuration.write_text(JAEGER_CONFIGURATION.format(http=http, grpc=grpc, otlp=otlp))
    with (
        (tmp_path / "jaeger.log").open("w") as log,
        # It keeps all in memory, and takes its time to go.
        running(str(binary), "--config", str(configuration), patience_seconds=0.5, stdout=log, stderr=log),
    ):
        api = f"http://127.0.0.1:{http}/api"
        eventually(lambda: get(f"{api}/services"), "Jaeger answers")
        yield Jaeger(f"http://127.0.0.1:{otlp}/v1/traces", api)
