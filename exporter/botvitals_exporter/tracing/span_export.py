"""Where the spans of a bot go that sets up no tracing of its own, and what its `--spans` file gets in any case."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opentelemetry import trace

from botvitals.identity import Identity
from botvitals.language import gettext as _
from botvitals.redaction import redact
from botvitals.tracer import bots_provider, set_private_provider
from botvitals.tracing_setup import use_identity
from botvitals_exporter.failures import Failures
from botvitals_exporter.recorders.rotating_file import MAX_BYTES

if TYPE_CHECKING:
    from botvitals.tracing.bounded_processor import BoundedSpanProcessor
    from botvitals.tracing.provider import Tracing


class SpanExport:
    """Keeps the private provider that `environ` or `spans_file` ask for, from `begin` to `stop`; else none, no thread.

    A provider of the bot's own is used instead as soon as there is one. The file then still gets our spans, and only
    ours: those of other instrumentation are not free of secrets.
    """

    def __init__(
        self,
        identity: Identity,
        failures: Failures,
        *,
        spans_file: Path | None = None,
        max_bytes: int = MAX_BYTES,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._identity = identity
        self._failures = failures
        self._spans_file = spans_file
        self._max_bytes = max_bytes
        self._environ = os.environ if environ is None else environ
        self._attending = threading.Lock()
        self._attended: trace.TracerProvider | None = None
        self._file: BoundedSpanProcessor | None = None
        self._tracing: Tracing | None = None

    def begin(self) -> None:
        """Make what is asked for. Never raises: what cannot be had is said, and the bot runs."""
        use_identity(self._identity)
        try:
            self._begin()
        except Exception as error:  # noqa: BLE001 - the SDK itself raises where a variable of its limits is no number
            self._failures.say_safely(_("tracing is off: {reason}").format(reason=f"{type(error).__name__}: {error}"))

    def finish(self) -> None:
        """Have everything that waits delivered, without waiting for it; `stop` waits."""
        if self._file is not None:
            self._file.finish()
        if self._tracing is not None:
            self._tracing.finish()

    def stop(self) -> None:
        """Deliver what waits and end; at most as long as `BoundedSpanProcessor.shutdown` from `finish` on."""
        self.finish()
        use_identity(None)
        set_private_provider(None)
        if self._tracing is not None:
            self._tracing.stop()
        if self._file is not None:
            self._file.shutdown()

    def _begin(self) -> None:
        from botvitals.tracing.settings import is_disabled, is_export_asked_for

        is_asked = is_export_asked_for("TRACES", self._environ)
        if self._spans_file is None and not is_asked:
            return
        if is_disabled(self._environ):
            self._failures.say_safely(_("no spans are recorded: OTEL_SDK_DISABLED says so"))
            return
        self._file = self._file_processor()
        own = bots_provider()
        if own is not None:
            self._attend(own)
            return
        from botvitals.tracing.provider import build_tracing, exporting_processors

        say = self._failures.say_safely
        processors = exporting_processors(say, self._environ) if is_asked else []
        if self._file is not None:
            processors.append(self._file)
        if processors:
            self._tracing = build_tracing(self._identity, processors, self._environ, say)
            set_private_provider(self._tracing.provider, self._attend)

    def _file_processor(self) -> "BoundedSpanProcessor | None":
        if self._spans_file is None:
            return None
        from botvitals.tracing.bounded_processor import BoundedSpanProcessor, Bounds
        from botvitals.tracing.delivery import Delivery
        from botvitals.tracing.export_counts import export_counts
        from botvitals.tracing.redacted_span import redacted
        from botvitals_exporter.tracing.spans_file import SpansFile

        file = SpansFile(self._spans_file, self._failures, max_bytes=self._max_bytes)
        # Sooner than over the network, since somebody may be watching the file.
        delivery = Delivery(lambda: file, file.note, clean=redacted)
        return BoundedSpanProcessor(delivery, export_counts, Bounds(delay_seconds=1.0))

    def _attend(self, provider: trace.TracerProvider) -> None:
        """Have the bot's own `provider` hand our spans to the file too."""
        from botvitals_exporter.tracing.own_spans import OwnSpans

        with self._attending:
            if self._file is None or self._attended is provider:
                return
            self._attended = provider
        add = getattr(provider, "add_span_processor", None)
        try:
            if add is None:
                raise TypeError(f"{type(provider).__qualname__} has no add_span_processor")
            add(OwnSpans(self._file))
        except Exception as error:  # noqa: BLE001 - a provider is the bot's code; its timers must not notice
            text = _("{path} gets no spans from the bot's own provider: {reason}")
            self._failures.say_safely(text.format(path=self._spans_file, reason=redact(str(error))))
