"""The compose files: by the specification's schema, pinned, unprivileged, on loopback, of files that exist."""

import re
import subprocess
import sys
import tomllib

import pytest

from botvitals_exporter.metrics_table import declared_metrics
from support_compose import COMPOSE, MANY_BOTS, ROOT, read_yaml
from support_dashboards import GRAFANA, dashboards, metric_names

SERVICES = read_yaml(COMPOSE)["services"]
MORE_SERVICES = read_yaml(MANY_BOTS)["services"]
# Images without a shell or any program but their own; the file says who sees to them instead.
WITHOUT_HEALTH_CHECK = {"mimir", "mimir-volume", "otel-collector"}


@pytest.mark.parametrize("path", [COMPOSE, MANY_BOTS], ids=lambda path: path.name)
def test_they_hold_the_specifications_schema(path) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [COMPOSE, MANY_BOTS], ids=lambda path: path.name)
def test_what_they_mount_is_there(path) -> None:
    file = read_yaml(path)
    for service in file["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
                assert volume.endswith(":ro"), volume
            else:
                assert source in file["volumes"], source
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).exists()


def test_images_are_pinned() -> None:
    images = {name: service["image"] for name, service in (MORE_SERVICES | SERVICES).items() if "image" in service}
    for image in images.values():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?", image)
    assert images["prometheus"] == "prom/prometheus:v3.13.5"
    assert images["grafana"] == "grafana/grafana:13.2.0"


def test_ports_are_on_the_loopback_address_only() -> None:
    ports = [port for service in (*SERVICES.values(), *MORE_SERVICES.values()) for port in service.get("ports", [])]
    assert len(ports) > 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_nobody_is_root() -> None:
    for name, service in SERVICES.items():
        if "image" in service:
            assert int(service["user"].split(":")[0]) > 0, name
            assert "no-new-privileges:true" in service["security_opt"]
    for name in MORE_SERVICES.keys() - SERVICES.keys() - {"mimir-volume"}:
        assert int(MORE_SERVICES[name]["user"].split(":")[0]) > 0, name
    dockerfile = (ROOT / "examples" / "demo_bot" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER bot$", dockerfile, re.MULTILINE)


def test_health_is_checked() -> None:
    unchecked = {name for name, service in (MORE_SERVICES | SERVICES).items() if "healthcheck" not in service}
    assert unchecked == WITHOUT_HEALTH_CHECK


def test_prometheus_keeps_exemplars_and_created_times() -> None:
    [features] = [flag for flag in SERVICES["prometheus"]["command"] if flag.startswith("--enable-feature=")]
    assert {"exemplar-storage", "created-timestamp-zero-ingestion"} <= set(features.partition("=")[2].split(","))


@pytest.mark.parametrize("folder", ["provisioning/datasources", "many-bots"])
def test_metrics_and_traces_lead_to_each_other(folder) -> None:
    sources = {source["uid"]: source for source in read_yaml(GRAFANA / folder / "datasources.yml")["datasources"]}
    prometheus, jaeger = sources["botvitals-prometheus"], sources["botvitals-jaeger"]
    destinations = prometheus["jsonData"]["exemplarTraceIdDestinations"]
    assert {destination["name"] for destination in destinations} == {"trace_id"}
    assert "botvitals-jaeger" in [destination.get("datasourceUid") for destination in destinations]
    assert jaeger["jsonData"]["tracesToMetrics"]["datasourceUid"] == "botvitals-prometheus"
    queries = [query["query"] for query in jaeger["jsonData"]["tracesToMetrics"]["queries"]]
    declared = {re.sub(r"_(bucket|sum)$", "", name) for query in queries for name in metric_names(query)}
    assert declared <= {metric.name for metric in declared_metrics()}


def test_the_demo_bots_job_is_its_services_name() -> None:
    [scraped] = read_yaml(GRAFANA / "prometheus" / "prometheus.yml")["scrape_configs"]
    assert scraped["job_name"] == SERVICES["demo-bot"]["environment"]["OTEL_SERVICE_NAME"]


def test_dashboards_are_provisioned_where_they_are_mounted() -> None:
    [provider] = read_yaml(GRAFANA / "provisioning" / "dashboards" / "dashboards.yml")["providers"]
    mounted = dict(volume.split(":")[:2] for volume in SERVICES["grafana"]["volumes"])
    assert mounted["./grafana/generated"] == provider["options"]["path"]
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home in [f"{provider['options']['path']}/{uid}.json" for uid in dashboards()]


def test_many_bots_ask_the_store_with_the_same_rules_and_data_sources() -> None:
    one, many = (read_yaml(GRAFANA / folder / "prometheus.yml") for folder in ("prometheus", "many-bots"))
    differing = {key for key in one.keys() | many.keys() if one.get(key) != many.get(key)}
    assert differing == {"rule_files", "scrape_configs", "remote_write"}
    assert "./grafana/prometheus/rules:/etc/mimir/rules/anonymous:ro" in MORE_SERVICES["mimir"]["volumes"]
    sources = [
        {source["uid"]: source for source in read_yaml(GRAFANA / folder / "datasources.yml")["datasources"]}
        for folder in ("provisioning/datasources", "many-bots")
    ]
    assert sources[0]["botvitals-jaeger"] == sources[1]["botvitals-jaeger"]
    assert sources[0].keys() == sources[1].keys()


def test_the_images_framework_is_the_one_that_is_tested() -> None:
    dev = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    [framework] = [requirement for requirement in dev if requirement.startswith("aiogram")]
    assert f'"{framework}"' in (ROOT / "examples" / "demo_bot" / "Dockerfile").read_text(encoding="utf-8")
