"""What Grafana's dashboard-linter asks for (github.com/grafana/dashboard-linter, its Prometheus rules), in short.

The linter is no module that Go's proxy hands out, so it cannot run in CI; the dashboards pass it as it is.
"""

import re
from typing import Any

import pytest

from support_dashboards import dashboards, panels

SHOWING = ("stat", "timeseries", "table", "bargauge")
UNITS = {"bytes", "dtdurations", "none", "opm", "percentunit", "s", "short"}

every_dashboard = pytest.mark.parametrize("dashboard", dashboards().values(), ids=lambda dashboard: dashboard["uid"])


def variables(dashboard: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def targets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [target for panel in panels(dashboard) for target in panel["targets"]]


@every_dashboard
def test_the_data_source_is_chosen_by_a_variable(dashboard) -> None:
    variable = variables(dashboard)["datasource"]
    assert (variable["type"], variable["query"], variable["label"]) == ("datasource", "prometheus", "Data source")
    sources = [*panels(dashboard), *targets(dashboard), *dashboard["annotations"]["list"]]
    assert {source["datasource"]["uid"] for source in sources} == {"${datasource}"}


@every_dashboard
@pytest.mark.parametrize("name", ["job", "instance"])
def test_job_and_instance_are_variables(dashboard, name) -> None:
    variable = variables(dashboard)[name]
    assert variable["type"] == "query"
    assert variable["label"] == name.title()
    assert variable["datasource"]["uid"] == "${datasource}"
    assert variable["multi"]
    assert variable["allValue"] == ".+"


@every_dashboard
def test_variables_are_asked_again_when_the_range_changes(dashboard) -> None:
    asked = [variable for variable in variables(dashboard).values() if variable["type"] == "query"]
    assert {variable["refresh"] for variable in asked} == {2}
    assert all(re.fullmatch(r"label_values\(.+, \w+\)", variable["query"]) for variable in asked)


@every_dashboard
def test_every_selector_asks_for_job_and_instance(dashboard) -> None:
    for target in targets(dashboard):
        selectors = re.findall(r"botvitals_\w+(\{[^}]*\})?", target["expr"])
        assert selectors
        for selector in selectors:
            assert 'job=~"$job"' in selector, target["expr"]
            assert 'instance=~"$instance"' in selector, target["expr"]


@every_dashboard
def test_rates_are_over_the_rate_interval_and_counters_are_never_shown_bare(dashboard) -> None:
    for target in targets(dashboard):
        assert re.findall(r"\bi?rate\([^[]*\[(?!\$__rate_interval\])", target["expr"]) == []
        counters = re.findall(r"(\w*\()?botvitals_\w+_total\{[^}]*\}(\[)?", target["expr"])
        assert all(call in ("rate(", "increase(") and ranged for call, ranged in counters), target["expr"]


@every_dashboard
def test_every_panel_has_a_title_a_description_a_unit_and_a_query(dashboard) -> None:
    for panel in panels(dashboard):
        assert panel["type"] in SHOWING
        assert panel["title"]
        assert panel["description"].endswith((".", "?"))
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["targets"]


@every_dashboard
def test_what_is_made_from_code_is_not_edited_in_the_page(dashboard) -> None:
    assert dashboard["editable"] is False
