"""The rules: declared metrics, names by the convention, a page for each alert, a test for each alert."""

import re
from pathlib import Path
from typing import Any

import pytest

from botvitals_exporter.metrics_table import declared_metrics
from support_compose import ROOT, read_yaml
from support_dashboards import GRAFANA, metric_names

RULES = GRAFANA / "prometheus" / "rules"
TESTS = Path(__file__).parent / "rules"


def rules() -> list[dict[str, Any]]:
    files = [read_yaml(path) for path in sorted(RULES.iterdir())]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in rules() if "record" in rule}
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])


def test_every_metric_asked_for_is_declared_or_recorded() -> None:
    declared = {metric.name for metric in declared_metrics()}
    asked = {name for rule in rules() for name in metric_names(rule["expr"])} - RECORDED
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} - declared == set()


def test_what_is_recorded_is_named_by_level_metric_and_operation_and_used() -> None:
    asked = {name for rule in rules() for name in metric_names(rule["expr"])}
    for name in RECORDED:
        assert re.fullmatch(r"job_instance\w*:botvitals_\w+:\w+", name)
        assert name in asked


@every_alert
def test_an_alert_says_what_happened_and_where_to_look(alert) -> None:
    name = alert["alert"]
    assert name.startswith("Botvitals")
    assert alert["labels"]["severity"] in ("warning", "critical")
    annotations = alert["annotations"]
    assert set(annotations) == {"summary", "description", "runbook_url"}
    assert annotations["runbook_url"] == f"docs/runbooks/{name}.md"
    page = (ROOT / annotations["runbook_url"]).read_text(encoding="utf-8")
    assert page.startswith(f"# {name}: ")
    assert "## Look at next" in page


def test_every_page_is_an_alerts_and_its_links_lead_somewhere() -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "runbooks").iterdir()}
    assert set(pages) == {alert["alert"] for alert in ALERTS}
    for text in pages.values():
        assert set(re.findall(r"\]\((\w+)\.md\)", text)) <= set(pages)


def test_pages_name_panels_that_there_are() -> None:
    from support_dashboards import dashboards, panels

    titles = " ".join(panel["title"] for dashboard in dashboards().values() for panel in panels(dashboard))
    known = titles + " Restarts OOM kills New versions the table slowest segment Status > Targets Modules"
    for path in (ROOT / "docs" / "runbooks").iterdir():
        text = " ".join(path.read_text(encoding="utf-8").split())
        for panel in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", text):
            assert panel in known, f"{path.name}: {panel}"


@every_alert
def test_every_alert_is_seen_to_fire_and_to_stay_quiet(alert) -> None:
    expected = [
        test["exp_alerts"]
        for path in TESTS.iterdir()
        for case in read_yaml(path)["tests"]
        for test in case["alert_rule_test"]
        if test["alertname"] == alert["alert"]
    ]
    assert any(expected), "it is seen to fire"
    others = [
        series
        for path in TESTS.iterdir()
        for case in read_yaml(path)["tests"]
        if any(test["alertname"] == alert["alert"] for test in case["alert_rule_test"])
        for series in case["input_series"]
    ]
    # promtool compares all alerts, so that whoever is not expected is quiet.
    assert len(others) > len(max(expected, key=len))


@every_alert
def test_an_alert_that_looks_back_asks_for_as_long_an_uptime(alert) -> None:
    name, expression = alert["alert"], alert["expr"]
    # These are about starts and ends themselves, or know of no time before the start.
    if name in ("BotvitalsOomKill", "BotvitalsRestartLoop", "BotvitalsDown", "BotvitalsSilent", "BotvitalsCensusLate"):
        return
    assert re.search(r"time\(\) - botvitals_process_start_time_seconds > \d+[mh]", expression)
