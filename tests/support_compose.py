"""The servers as docker-compose.yml configures them, on addresses of this machine."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from support_compressed_time import compressed
from support_dashboards import GRAFANA
from support_programs import eventually, free_port, get, running, server_folder

ROOT = GRAFANA.parent
COMPOSE = ROOT / "docker-compose.yml"
MANY_BOTS = ROOT / "docker-compose.many-bots.yml"


def read_yaml(path: Path) -> Any:
    """Return what a YAML file says."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@contextmanager
def composed_prometheus(folder: Path, bots: Sequence[str], *, factor: int = 1) -> Iterator[str]:
    """Run Prometheus with the flags, configuration and rules of the compose file; give its URL.

    `bots` are the addresses that it scrapes instead of the demo bot's container; time runs `factor` times as fast.
    """
    binary = server_folder("prometheus") / "prometheus"
    shutil.copytree(GRAFANA / "prometheus", folder / "prometheus")
    configuration = folder / "prometheus" / "prometheus.yml"
    text = configuration.read_text(encoding="utf-8")
    assert '"demo-bot:9464"' in text
    configuration.write_text(text.replace('"demo-bot:9464"', ", ".join(f'"{bot}"' for bot in bots)), encoding="utf-8")
    if factor != 1:
        for path in (configuration, *(folder / "prometheus" / "rules").iterdir()):
            path.write_text(compressed(path.read_text(encoding="utf-8"), factor), encoding="utf-8")
    moved = {"/etc/prometheus/prometheus.yml": configuration, "/prometheus": folder / "tsdb"}
    flags = []
    for flag in read_yaml(COMPOSE)["services"]["prometheus"]["command"]:
        name, _, value = flag.partition("=")
        flags.append(f"{name}={moved[value]}" if value in moved else flag)
    port = free_port()
    with (
        (folder / "prometheus.log").open("w") as log,
        running(str(binary), *flags, f"--web.listen-address=127.0.0.1:{port}", stdout=log, stderr=log),
    ):
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: get(f"{url}/-/ready"), "Prometheus is ready")
        yield url
