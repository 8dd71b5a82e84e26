"""Where readings are published: a registry, and on request a server of it."""

import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from wsgiref.types import WSGIApplication

from prometheus_client import CollectorRegistry

from botvitals.identity import Identity, service_identity
from botvitals.language import gettext as _
from botvitals_exporter.collectors.build import Build, BuildCollector
from botvitals_exporter.collectors.collector import Collector
from botvitals_exporter.collectors.errors import ErrorsCollector
from botvitals_exporter.collectors.otlp import OtlpCollector
from botvitals_exporter.collectors.target import TargetCollector
from botvitals_exporter.collectors.vitals import register
from botvitals_exporter.export_failures import ExportFailures
from botvitals_exporter.failures import Failures
from botvitals_exporter.server.app import vitals_app
from botvitals_exporter.server.listener import Listener
from botvitals_exporter.server.server import Server


class Publisher:
    """Publishes `collectors`, with what every mode publishes about itself, in `registry` (else one of its own).

    With a `listener` the registry is served there until `stop`, and `port` and `url` tell where; both are None where
    nothing is served. `app` serves it in somebody else's server. Raises ValueError where `registry` holds metrics of
    our names already; the listener is its caller's then.
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
        export_failures: ExportFailures | None = None,
    ) -> None:
        self._registry = CollectorRegistry() if registry is None else registry
        everything = [
            *collectors,
            ErrorsCollector(failures.counts, created_seconds=time.time()),
            *([] if export_failures is None else [OtlpCollector(export_failures.counts, created_seconds=time.time())]),
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

    def silence(self) -> None:
        """In a forked child: publish nothing more. The server lets go of its port by itself."""
        self._vitals.silence()

    def stop(self) -> None:
        """Stop serving, and leave the registry; further calls do nothing."""
        if self._server is not None:
            self._server.stop()
        with suppress(KeyError):  # the bot may have emptied its registry itself
            self._registry.unregister(self._vitals)


def identity_of(service_name: str | None, environ: Mapping[str, str], script: Path | None) -> Identity:
    """Return who the bot on this machine is."""
    return service_identity(service_name, environ, script, socket.gethostname())
