"""A provider of spans made from the `OTEL_*` variables, and what ends it in time."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider, sampling

from botvitals.identity import Identity
from botvitals.tracing import exporters
from botvitals.tracing.bounded_processor import BoundedSpanProcessor, Bounds
from botvitals.tracing.delivery import Delivery, FailureLines
from botvitals.tracing.export_counts import ExportCounts, export_counts
from botvitals.tracing.redacted_span import redacted
from botvitals.tracing.settings import Warn, number_between_0_and_1, one_of, positive_number

# The names that the SDK itself knows.
_SAMPLERS: dict[str, sampling.Sampler] = {
    "always_on": sampling.ALWAYS_ON,
    "always_off": sampling.ALWAYS_OFF,
    "parentbased_always_on": sampling.DEFAULT_ON,
    "parentbased_always_off": sampling.DEFAULT_OFF,
}
_RATIO_SAMPLERS = {
    "traceidratio": sampling.TraceIdRatioBased,
    "parentbased_traceidratio": sampling.ParentBasedTraceIdRatio,
}


@dataclass(frozen=True, slots=True)
class Tracing:
    """A provider and the processors that it feeds."""

    provider: TracerProvider
    processors: tuple[BoundedSpanProcessor, ...]

    def finish(self) -> None:
        """Have every processor deliver what waits, all at the same time, without waiting for them."""
        for processor in self.processors:
            processor.finish()

    def stop(self) -> None:
        """Finish, and wait until the processors' common deadline."""
        self.finish()
        self.provider.shutdown()


def build_tracing(
    identity: Identity, processors: Sequence[BoundedSpanProcessor], environ: Mapping[str, str], warn: Warn
) -> Tracing:
    """Return a provider that feeds `processors`, sampling as `environ` says; whoever has it calls `stop`."""
    names = {SERVICE_NAME: identity.service_name, SERVICE_INSTANCE_ID: identity.service_instance_id}
    provider = TracerProvider(sampler=_sampler(environ, warn), resource=Resource.create(names), shutdown_on_exit=False)
    for processor in processors:
        provider.add_span_processor(processor)
    return Tracing(provider, tuple(processors))


def exporting_processors(
    warn: Warn, environ: Mapping[str, str] | None = None, counts: ExportCounts = export_counts
) -> list[BoundedSpanProcessor]:
    """Return a processor for each exporter that `environ` asks for (the process's own where none is given).

    `warn` gets one line for each variable that makes no sense, and later, seldom, one about exports that fail.
    """
    environ = os.environ if environ is None else environ
    asked = exporters.asked_for(environ, warn)
    bounds = _bounds(environ, warn) if asked else Bounds()
    processors = []
    for make, settings in asked:
        lines = FailureLines("traces", counts, warn, secrets=() if settings is None else settings.secrets)
        delivery = exporters.made_quietly(partial(Delivery, make, lines.note, clean=redacted), warn)
        if delivery is not None:
            processors.append(BoundedSpanProcessor(delivery, counts, bounds))
    return processors


def _bounds(environ: Mapping[str, str], warn: Warn) -> Bounds:
    usual = Bounds()
    delay_milliseconds = positive_number("OTEL_BSP_SCHEDULE_DELAY", environ, round(usual.delay_seconds * 1000), warn)
    return Bounds(
        max_queue=positive_number("OTEL_BSP_MAX_QUEUE_SIZE", environ, usual.max_queue, warn),
        max_batch=positive_number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", environ, usual.max_batch, warn),
        delay_seconds=delay_milliseconds / 1000,
    )


def _sampler(environ: Mapping[str, str], warn: Warn) -> sampling.Sampler:
    names = (*_SAMPLERS, *_RATIO_SAMPLERS)
    name = one_of("OTEL_TRACES_SAMPLER", environ, names, "parentbased_always_on", warn)
    if name in _SAMPLERS:
        return _SAMPLERS[name]
    return _RATIO_SAMPLERS[name](number_between_0_and_1("OTEL_TRACES_SAMPLER_ARG", environ, 1.0, warn))
