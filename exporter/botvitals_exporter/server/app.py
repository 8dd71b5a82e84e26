"""What the server answers: a WSGI application, which a bot's own web framework can mount as well."""

import gzip
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import gzip_accepted

from botvitals.identity import Identity
from botvitals.language import gettext as _
from botvitals_exporter.collectors.build import Build
from botvitals_exporter.failures import Failures
from botvitals_exporter.server.page import render_page

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]

_METHODS = ("GET", "HEAD")
_TEXT = ("Content-Type", "text/plain; charset=utf-8")
_ODD_VERSION = re.compile(r";\s*version=(?!\d{1,3}(?:\.\d{1,3}){0,3}\s*(?:[;,]|$))[^;,]*")


def vitals_app(registry: CollectorRegistry, build: Build, identity: Identity, failures: Failures) -> WSGIApplication:
    """Return an application with `/`, `/metrics` and `/healthz`; all else is 404, other methods are 405.

    `/metrics` is in the text format or OpenMetrics, as the client accepts, gzipped where it may be, and takes
    Prometheus's `name[]`. What goes wrong meanwhile is counted in `failures`, and the client gets a plain 500.
    """
    metrics = make_wsgi_app(registry, disable_compression=True)

    def answer_metrics(environ: WSGIEnvironment) -> Answer:
        answer = _Answer()
        body = b"".join(metrics({**environ, "REQUEST_METHOD": "GET", "HTTP_ACCEPT": _accept(environ)}, answer))
        if not gzip_accepted(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return answer.status, answer.headers, body
        # Level 1: prometheus_client's 9 takes a fifth of the whole scrape to save half a kilobyte.
        return answer.status, [*answer.headers, ("Content-Encoding", "gzip")], gzip.compress(body, 1, mtime=0)

    def answer_page(environ: WSGIEnvironment) -> Answer:
        root = quote(environ.get("SCRIPT_NAME", "").rstrip("/"), encoding="latin-1")
        page = render_page(build, identity, root).encode("utf-8", "replace")
        return "200 OK", [("Content-Type", "text/html; charset=utf-8")], page

    pages: dict[str, Callable[[WSGIEnvironment], Answer]] = {
        "": answer_page,
        "/": answer_page,
        "/metrics": answer_metrics,
        "/healthz": lambda _environ: ("200 OK", [_TEXT], b"ok\n"),
    }

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        page = pages.get(environ.get("PATH_INFO", ""))
        if page is None:
            status, headers, body = "404 Not Found", [_TEXT], b"not found\n"
        elif environ["REQUEST_METHOD"] not in _METHODS:
            allow = ("Allow", ", ".join(_METHODS))
            status, headers, body = "405 Method Not Allowed", [_TEXT, allow], b"method not allowed\n"
        else:
            try:
                status, headers, body = page(environ)
            except Exception as error:  # noqa: BLE001 - neither the client nor the bot's stderr gets a traceback
                kind = type(error).__name__
                message = _("The metrics could not be served: {error}").format(error=f"{kind}: {error}")
                failures.note("server", message, kind=f"render {kind}")
                status, headers, body = "500 Internal Server Error", [_TEXT], b"the metrics could not be rendered\n"
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return app


class _Answer:
    """A `start_response` that keeps what it is told."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: Headers = []

    def __call__(self, status: str, headers: Headers) -> None:
        self.status = status
        self.headers = headers


def _accept(environ: WSGIEnvironment) -> str:
    """Return what the client accepts, without versions that are no numbers, on which prometheus_client fails."""
    return _ODD_VERSION.sub("", environ.get("HTTP_ACCEPT", ""))
