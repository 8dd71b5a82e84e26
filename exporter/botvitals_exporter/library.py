"""botvitals without its command line: what a bot calls itself."""

import asyncio
import logging
import os
import threading
from asyncio import AbstractEventLoop
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from prometheus_client import CollectorRegistry

from botvitals.identity import running_script
from botvitals.language import choose_language, use_language
from botvitals.language import gettext as _
from botvitals_exporter.exporter import Exporter, running_exporter
from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.failures import Failures
from botvitals_exporter.heap_output import HeapOutput
from botvitals_exporter.inside import InsideVitals
from botvitals_exporter.otlp.settings import push_settings
from botvitals_exporter.publisher import Publisher, identity_of
from botvitals_exporter.recorders.recorder import Recorder
from botvitals_exporter.schedule import is_interval
from botvitals_exporter.server.listener import DEFAULT_PORT, LOOPBACK, Listener, ListenError, listen
from botvitals_exporter.sources.census.engine import EngineChoice
from botvitals_exporter.sources.census.engines import engine_named
from botvitals_exporter.sources.roles import parse_role_rule
from botvitals_exporter.tracing.span_export import SpanExport

logger = logging.getLogger("botvitals")
_starting = threading.Lock()


def start(
    *,
    port: int | None = DEFAULT_PORT,
    host: str = LOOPBACK,
    registry: CollectorRegistry | None = None,
    interval: float = 10.0,
    engine: str = "auto",
    owners: bool = False,
    output: str | os.PathLike[str] | None = None,
    child_roles: Sequence[str] = (),
    service_name: str | None = None,
    loop: AbstractEventLoop | None = None,
) -> Exporter:
    """Watch this process from inside and return the handle that stops it; a second call returns the running one.

    Serves /metrics on `host` and `port` (0: any free one; None: nowhere). With `registry` the metrics join that
    registry, the bot's own. Reads every `interval` seconds; `engine` counts the heap (`auto`, `snapshot`, `inline`,
    `pympler`), and with `owners` tells who owns what, which costs twice that again. `output` is a file that gets each
    census as text, and as JSON with `.jsonl` added. `child_roles` are rules `NAME=REGEX` that name children;
    `service_name` is what the bot is called (else as OpenTelemetry's variables say). `loop` is the event loop whose lag
    and tasks are watched (else the one that runs here); a later call from within a loop, or with one, has that watched
    as well.

    Raises ValueError for a wrong argument, before anything has started. What the world refuses, such as a port in use,
    is logged once to the logger `botvitals` and counted in `botvitals_errors_total`; the rest runs.
    """
    loop = _event_loop(loop)
    with _starting:
        running = running_exporter()
        if running is not None:
            return running.attend(loop)
        use_language(choose_language())
        _check(port, host, interval)
        failures = Failures(logger.warning, remark=logger.info)
        vitals = InsideVitals(
            failures, _engine(engine, owners), interval, role_rules=[parse_role_rule(rule) for rule in child_roles]
        )
        recorder = None if output is None else Recorder(Path(output), failures)
        show = None if recorder is None else HeapOutput(recorder=recorder)
        identity = identity_of(service_name, os.environ, running_script())
        with ExitStack() as unless_it_starts:
            listener = None if port is None else _listen(host, port, failures)
            if listener is not None:
                unless_it_starts.callback(listener.close)
            publisher = Publisher(
                vitals.collectors(),
                vitals.build("library"),
                identity,
                failures,
                registry=registry,
                listener=listener,
                push=push_settings(os.environ, failures.say_safely, reading_interval_seconds=interval),
            )
            unless_it_starts.pop_all()
        if recorder is not None:
            recorder.begin()
        spans = SpanExport(identity, failures)
        return Exporter(vitals, publisher, failures, interval, show=show, spans=spans).begin().attend(loop)


def _check(port: object, host: object, interval: object) -> None:
    if port is not None and not (isinstance(port, int) and 0 <= port <= 65535):
        raise ValueError(_("{port} is not a port: 0 to 65535").format(port=port))
    if not isinstance(host, str):  # None would be every address that this machine has
        raise ValueError(_("'{host}' is not an address to listen on").format(host=host))
    if not is_interval(interval):
        raise ValueError(_("'{value}' is not a number of seconds above 0").format(value=interval))


def _event_loop(given: object) -> AbstractEventLoop | None:
    if given is None:
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return None
    if not isinstance(given, AbstractEventLoop):
        raise ValueError(_("'{value}' is not an event loop").format(value=given))
    return given


def _engine(name: str, owners: bool) -> EngineChoice:
    try:
        return engine_named(name, owners=owners)
    except MissingExtraError as error:
        raise ValueError(str(error)) from error


def _listen(host: str, port: int, failures: Failures) -> Listener | None:
    try:
        return listen(host, port)
    except ListenError as error:
        failures.note("server", _("no metrics are served: {reason}").format(reason=error))
        return None


def wsgi_app() -> WSGIApplication:
    """Return an application to mount in the bot's own web server: what `start` reads, at `/metrics` below the mount.

    It answers 503 while nothing runs.
    """

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        running = running_exporter()
        if running is not None:
            return running.app(environ, start_response)
        start_response("503 Service Unavailable", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"botvitals is not running: call botvitals_exporter.start()\n"]

    return app
