"""What promtool says of the configuration and the rules, and of the alerts' tests."""

import subprocess
from pathlib import Path

import pytest

from support_dashboards import GRAFANA

ALERT_TESTS = sorted((Path(__file__).parents[1] / "grafana" / "rules").iterdir())


def run(promtool: Path, *words: str | Path) -> tuple[int, str]:
    done = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("path", ["prometheus/prometheus.yml", "many-bots/prometheus.yml"])
def test_promtool_takes_the_configuration(promtool, path) -> None:
    code, said = run(promtool, "check", "config", GRAFANA / path)
    assert code == 0, said


def test_promtool_takes_the_rules(promtool) -> None:
    code, said = run(promtool, "check", "rules", *(GRAFANA / "prometheus" / "rules").iterdir())
    assert code == 0, said


@pytest.mark.parametrize("path", ALERT_TESTS, ids=lambda path: path.stem)
def test_every_alert_fires_and_stays_quiet_on_made_series(promtool, path) -> None:
    code, said = run(promtool, "test", "rules", path)
    assert code == 0, said
