"""Where readings are published: a registry, and on request a server of it."""

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.types import WSGIApplication

from prometheus_client import CollectorRegistry

from botvitals.identity import Identity, service_identity
from botvitals.language import gettext as _
from botvitals.tracing.export_counts import export_counts
from botvitals_exporter.collectors.build import Build, BuildCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.errors import ErrorsCollector
from botvitals_exporter.collectors.otlp import OtlpCollector
from botvitals_exporter.collectors.target import TargetCollector
from botvitals_exporter.collectors.vitals import register
from botvitals_exporter.failures import Failures, describe
from botvitals_exporter.otlp.settings import PushSettings
from botvitals_exporter.server.app import vitals_app
from botvitals_exporter.server.listener import Listener
from botvitals_exporter.server.server import Server

if TYPE_CHECKING:
    from botvitals_exporter.otlp.pusher import MetricsPusher

# What the last push and the server's last answers may take together.
_STOP_SECONDS = 0.75


class Publisher:
    """Publishes `collectors`, with what every mode publishes about itself, in `registry` (else one of its own).

    With a `listener` the registry is served there until `stop`, and `port` and `url` tell where; both are None where
    nothing is served. `app` serves it in somebody else's server. With `push` the same is pushed by OTLP until `stop`.
    Raises ValueError where `registry` holds metrics of our names already; the listener is its caller's then.
    """

    def __init__(
        self,
        collectors: Sequence[Collector],
        build: Build,
        identity: Identity,
        failures: Failures,
        *,
        registry: CollectorRegistry | None = None,
        listener: Listener | None = None,
        push: PushSettings | None = None,
    ) -> None:
        self._registry = CollectorRegistry() if registry is None else registry
        everything = [
            *collectors,
            ErrorsCollector(failures.counts, created_seconds=time.time()),
            OtlpCollector(export_counts.failures, export_counts.created_seconds),
            BuildCollector(build),
            TargetCollector(identity),
        ]
        self._vitals = register(self._registry, everything, failures)
        self.app: WSGIApplication = vitals_app(self._registry, build, identity, failures)
        self.port: int | None = None
        self.url: str | None = None
        self._server: Server | None = None
        if listener is not None:
            self._serve(listener, failures)
        self._pusher = None if push is None else self._start_pusher(push, identity, failures)

    def _serve(self, listener: Listener, failures: Failures) -> None:
        port, url = listener.port, listener.url
        try:
            self._server = Server(listener, self.app, failures).start()
        except (OSError, RuntimeError) as error:
            # Out of files or of threads: the bot is in need, not we.
            failures.note("server", _("no metrics are served: {reason}").format(reason=error))
            listener.close()
        else:
            self.port, self.url = port, url

    def _start_pusher(self, push: PushSettings, identity: Identity, failures: Failures) -> "MetricsPusher | None":
        # The SDK and its exporter take a quarter of a second to import.
        from botvitals_exporter.otlp.starting import metrics_pusher

        try:
            pusher = metrics_pusher(push, self._vitals.collect, identity, failures.say_safely)
            pusher.start()
        except Exception as error:  # noqa: BLE001 - what the exporter makes of its variables is no affair of the bot's
            failures.note("otlp", _("no metrics are pushed: {reason}").format(reason=describe(error)))
            return None
        return pusher

    def silence(self) -> None:
        """In a forked child: publish nothing more. The server lets go of its port by itself."""
        self._vitals.silence()

    def stop(self) -> None:
        """Stop serving, and leave the registry; further calls do nothing."""
        ends = time.monotonic() + _STOP_SECONDS
        if self._pusher is not None:
            self._pusher.stop()
        if self._server is not None:
            self._server.stop()
        if self._pusher is not None:
            self._pusher.join(max(0.0, ends - time.monotonic()))
        with suppress(KeyError):  # the bot may have emptied its registry itself
            self._registry.unregister(self._vitals)


def identity_of(service_name: str | None, environ: Mapping[str, str], script: Path | None) -> Identity:
    """Return who the bot on this machine is."""
    return service_identity(service_name, environ, script, socket.gethostname())
