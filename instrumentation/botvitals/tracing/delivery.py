"""Handing batches of spans to an exporter, and saying what fails, seldom."""

import time
from collections.abc import Callable, Collection, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from botvitals.language import gettext as _
from botvitals.redaction import REDACTED, redact
from botvitals.tracing.export_counts import ExportCounts
from botvitals.tracing.hush import Hush

# Between two lines about exports that fail.
QUIET_SECONDS = 60.0
_LONGEST_REASON = 300


class FailureLines:
    """Counts failed exports of `signal` and says so at most once in `QUIET_SECONDS`, without `secrets`.

    `say` gets one line for a person and may itself fail; `clock` tells monotonic seconds.
    """

    def __init__(
        self,
        signal: str,
        counts: ExportCounts,
        say: Callable[[str], object],
        *,
        secrets: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signal = signal
        self._counts = counts
        self._say = say
        self._secrets = secrets
        self._clock = clock
        self._said_at: float | None = None
        self._unsaid = 0

    def note(self, reason: str) -> None:
        """Count a failed export, and say why unless that was said a short while ago."""
        self._counts.count_failure(self._signal)
        now = self._clock()
        if self._said_at is not None and now - self._said_at < QUIET_SECONDS:
            self._unsaid += 1
            return
        reason = clean_reason(reason, self._secrets)
        text = (
            _("OTLP export of {signal} fails: {reason}")
            if not self._unsaid
            else _("OTLP export of {signal} fails ({number} more times by now): {reason}")
        )
        line = text.format(signal=self._signal, reason=reason, number=self._unsaid)
        self._said_at, self._unsaid = now, 0
        try:
            self._say(line)
        except Exception:  # noqa: BLE001 - a log that fails must not end the thread that exports
            self._unsaid += 1


def clean_reason(reason: str, secrets: Collection[str] = ()) -> str:
    """Return `reason` on one line of bearable length, without any of `secrets` and what looks like one."""
    for secret in secrets:
        reason = reason.replace(secret, REDACTED)
    return redact(" ".join(reason.split()))[:_LONGEST_REASON]


class Delivery:
    """Hands batches to the exporter that `make_exporter` makes; `on_failure` is told the reason of each that fails.

    `clean` is applied to each span before it leaves. What the exporter logs meanwhile goes into the reason instead.
    Raises what `make_exporter` raises, here only.
    """

    def __init__(
        self,
        make_exporter: Callable[[], SpanExporter],
        on_failure: Callable[[str], object],
        *,
        clean: Callable[[ReadableSpan], ReadableSpan] = lambda span: span,
    ) -> None:
        self._make_exporter = make_exporter
        self._on_failure = on_failure
        self._clean = clean
        self._exporter = make_exporter()
        self._hush = Hush({base.__module__ for base in type(self._exporter).__mro__} - {"builtins"})

    def deliver(self, spans: Sequence[ReadableSpan]) -> bool:
        """Export `spans` and return whether they arrived. Never raises; takes as long as the exporter does."""
        with self._hush:
            try:
                result = self._exporter.export([self._clean(span) for span in spans])
            except Exception as error:  # noqa: BLE001 - whatever an exporter meets, the next batch is tried
                self._on_failure(f"{type(error).__name__}: {error}")
                return False
            reason = self._hush.first
        if result is SpanExportResult.SUCCESS:
            return True
        self._on_failure(reason or type(self._exporter).__name__)
        return False

    def close(self) -> None:
        """Let go of the exporter and its connections."""
        with self._hush:
            try:
                self._exporter.shutdown()
            except Exception as error:  # noqa: BLE001 - nothing depends on it any more
                self._on_failure(f"{type(error).__name__}: {error}")
        self._hush.remove()

    def renew(self) -> None:
        """In a forked child: use an exporter of its own, since two processes cannot speak on one connection."""
        try:
            with self._hush:
                self._exporter = self._make_exporter()
        except Exception as error:  # noqa: BLE001 - the old one is the best there is, then
            self._on_failure(f"{type(error).__name__}: {error}")
