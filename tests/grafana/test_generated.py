"""The dashboards' JSON: made from the code as it stands, of declared metrics, for scraped and for pushing bots."""

import re

from botvitals_exporter.metrics_table import declared_metrics
from dashboards.generate import write_dashboards
from support_dashboards import GENERATED, dashboards, metric_names, panels, queries


def declared_series() -> set[str]:
    names = set()
    for metric in declared_metrics():
        parts = ("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",)
        names.update(metric.name + part for part in parts)
    return names


def test_rebuilt_json_equals_the_committed_json(tmp_path) -> None:
    write_dashboards(tmp_path)
    rebuilt = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text(encoding="utf-8") for path in GENERATED.iterdir()}
    assert rebuilt == committed, "run `make dashboards`"


def test_every_metric_asked_for_is_declared() -> None:
    declared = declared_series()
    asked = {name for query in queries() for name in metric_names(query.expression)}
    assert asked
    assert asked - declared == set()


def test_no_query_matches_le_since_scraped_and_pushed_series_write_it_in_two_ways() -> None:
    assert [query.place for query in queries() if re.search(r"\ble\s*(=|!)", query.expression)] == []


def test_uids_stay_and_dashboards_lead_to_each_other() -> None:
    assert set(dashboards()) == {"botvitals-memory", "botvitals-objects", "botvitals-requests"}
    for dashboard in dashboards().values():
        [link] = dashboard["links"]
        assert link["tags"] == dashboard["tags"] == ["botvitals"]
        assert link["keepTime"]
        assert link["includeVars"]


def test_panels_fill_their_rows_and_say_what_no_data_means() -> None:
    for dashboard in dashboards().values():
        widths: dict[int, int] = {}
        for panel in panels(dashboard):
            assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]
            place = panel["gridPos"]
            widths[place["y"]] = widths.get(place["y"], 0) + place["w"]
        assert set(widths.values()) == {24}


def test_the_objects_dashboard_says_what_to_run_where_there_is_no_heap_to_see() -> None:
    silent = [
        panel["title"]
        for panel in panels(dashboards()["botvitals-objects"])
        if "botvitals objects" not in panel["fieldConfig"]["defaults"]["noValue"]
        and panel["title"] != "Engine and mode"
    ]
    assert silent == []


def test_a_mark_of_the_requests_dashboard_leads_to_its_trace() -> None:
    with_exemplars = [query for query in queries() if query.has_exemplars]
    assert with_exemplars
    # A recorded series has no exemplars.
    assert all("_bucket{" in query.expression for query in with_exemplars)
