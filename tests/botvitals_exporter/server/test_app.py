import gzip
import io
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from botvitals.identity import Identity
from botvitals_exporter.failures import Failures
from botvitals_exporter.server.app import vitals_app
from support_language import speaking
from support_vitals import BUILD, IDENTITY, all_collectors, registry_of


class Client:
    """Asks an application the way a strict server does."""

    def __init__(self, registry=None, identity: Identity = IDENTITY) -> None:
        self.said: list[str] = []
        self.failures = Failures(self.said.append)
        registry = registry_of(all_collectors()) if registry is None else registry
        self._app = validator(vitals_app(registry, BUILD, identity, self.failures))

    def get(self, path: str, *, method: str = "GET", query: str = "", mounted_at: str = "", **headers: str):
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": mounted_at,
            "QUERY_STRING": query,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        setup_testing_defaults(environ)
        environ["wsgi.errors"] = self.errors = io.StringIO()
        answer = {}

        def start_response(status, response_headers, exc_info=None):
            answer["status"], answer["headers"] = status, dict(response_headers)

        result = self._app(environ, start_response)
        body = b"".join(result)
        result.close()
        return answer["status"], answer["headers"], body


@pytest.fixture
def client() -> Client:
    return Client()


def test_metrics_are_text_unless_asked_otherwise(client):
    status, headers, body = client.get("/metrics")
    assert status == "200 OK"
    assert headers["Content-Type"].startswith("text/plain")
    assert any(family.name == "botvitals_objects" for family in parse_text(body.decode()))


@pytest.mark.parametrize(
    "accept",
    [
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
        "application/openmetrics-text",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ],
)
def test_metrics_are_openmetrics_for_who_takes_it(client, accept):
    _, headers, body = client.get("/metrics", accept=accept)
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert any(family.name == "botvitals_objects" for family in parse_openmetrics(body.decode()))


@pytest.mark.parametrize(
    "accept",
    [
        "",
        ";",
        ",,,",
        "*/*",
        "nonsense",
        "application/openmetrics-text;version=abc",
        "application/openmetrics-text; version=" + "9" * 5_000,
        'application/openmetrics-text; version="1.0.0"',
        "text/plain;version=1.x",
        "text/plain;version=",
        "application/openmetrics-text;version=1.0.0\xff",
        "a" * 60_000,
    ],
)
def test_an_odd_accept_header_gets_an_answer(client, accept):
    status, _, body = client.get("/metrics", accept=accept)
    assert status == "200 OK"
    assert b"botvitals_objects" in body
    assert client.said == []


def test_metrics_are_gzipped_for_who_takes_it(client):
    _, headers, body = client.get("/metrics", accept_encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(body))
    assert b"botvitals_objects" in gzip.decompress(body)


def test_names_can_be_asked_for(client):
    _, _, body = client.get(
        "/metrics", query="name[]=botvitals_heap_objects&name[]=botvitals_census_pause_seconds_count"
    )
    names = {sample.name for family in parse_text(body.decode()) for sample in family.samples}
    assert names == {"botvitals_heap_objects", "botvitals_census_pause_seconds_count"}


def test_a_name_that_does_not_exist_is_no_error(client):
    assert client.get("/metrics", query="name[]=nothing")[::2] == ("200 OK", b"")


def test_it_is_healthy(client):
    assert client.get("/healthz")[::2] == ("200 OK", b"ok\n")


@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz"])
def test_head_is_like_get_without_a_body(client, path):
    status, headers, _ = client.get(path)
    assert client.get(path, method="HEAD") == (status, headers, b"")


@pytest.mark.parametrize("path", ["/metrics/", "/favicon.ico", "//", "/../etc/passwd", "/healthz/x"])
def test_anything_else_is_not_found(client, path):
    status, _, body = client.get(path)
    assert (status, body) == ("404 Not Found", b"not found\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/metrics", "/healthz"])
def test_other_methods_are_refused(client, path, method):
    status, headers, _ = client.get(path, method=method)
    assert status == "405 Method Not Allowed"
    assert headers["Allow"] == "GET, HEAD"


class BrokenRegistry:
    def collect(self):
        raise RuntimeError("the token is 123456789:" + "A" * 35)


def test_a_failure_to_render_is_a_plain_500_counted_and_said_once(capfd):
    client = Client(BrokenRegistry())
    for _scrape in range(3):
        status, _, body = client.get("/metrics")
        assert (status, body) == ("500 Internal Server Error", b"the metrics could not be rendered\n")
        assert client.errors.getvalue() == ""
    assert client.failures.counts() == {"server": 3}
    assert len(client.said) == 1
    assert "AAAA" not in client.said[0]
    assert capfd.readouterr() == ("", "")


def test_the_page_tells_what_runs_here_and_links_to_the_rest(client):
    _, headers, body = client.get("/")
    page = body.decode()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    for expected in ("face-swap-bot", "1.2.3", "3.12.1", "objects", "inline", 'href="/metrics"', 'href="/healthz"'):
        assert expected in page


def test_the_page_is_in_chinese_too(client):
    with speaking("zh"):
        assert "正在观察这个 Bot 的内存" in client.get("/")[2].decode()


def test_a_bots_name_cannot_write_into_the_page():
    page = Client(identity=Identity("<script>alert(1)</script>", "\udcff&")).get("/")[2].decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_links_hold_where_a_web_framework_mounts_it(client):
    page = client.get("", mounted_at="/vitals")[2].decode()
    assert 'href="/vitals/metrics"' in page
    assert client.get("/metrics", mounted_at="/vitals")[0] == "200 OK"
