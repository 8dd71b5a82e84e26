"""Every metric there is, and the documents' table of them."""

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.collectors.allocator import AllocatorCollector
from botvitals_exporter.collectors.build import BuildCollector
from botvitals_exporter.collectors.census import CensusCollector
from botvitals_exporter.collectors.children import ChildrenCollector
from botvitals_exporter.collectors.errors import ErrorsCollector
from botvitals_exporter.collectors.event_loop import EventLoopCollector
from botvitals_exporter.collectors.garbage_collector import GarbageCollectorCollector
from botvitals_exporter.collectors.heap import HeapCollector
from botvitals_exporter.collectors.memory_limit import MemoryLimitCollector
from botvitals_exporter.collectors.operations import OperationsCollector
from botvitals_exporter.collectors.otlp import OtlpCollector
from botvitals_exporter.collectors.process import ProcessCollector
from botvitals_exporter.collectors.spans import SpansCollector
from botvitals_exporter.collectors.target import TargetCollector
from botvitals_exporter.collectors.threads import ThreadsCollector
from botvitals_exporter.collectors.vitals import Vitals
from botvitals_exporter.metric import Metric

_DECLARING = (
    ProcessCollector,
    MemoryLimitCollector,
    ChildrenCollector,
    HeapCollector,
    AllocatorCollector,
    CensusCollector,
    GarbageCollectorCollector,
    ThreadsCollector,
    EventLoopCollector,
    OperationsCollector,
    Vitals,
    ErrorsCollector,
    SpansCollector,
    OtlpCollector,
    BuildCollector,
    TargetCollector,
)

# What a metric's kind is called in the table; the kinds themselves are Prometheus's words.
_KINDS = {"gauge": mark("gauge"), "counter": mark("counter"), "histogram": mark("histogram"), "info": mark("info")}


def declared_metrics() -> tuple[Metric, ...]:
    """Return every metric of every collector, each once, in the table's order."""
    return tuple(metric for collector in _DECLARING for metric in collector.metrics)


def metrics_table() -> str:
    """Return the table of all metrics in Markdown, in the language in use."""
    rows = [(_("metric"), _("type, labels"), _("meaning")), ("---", "---", "---")]
    for metric in declared_metrics():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append((f"`{metric.name}`", f"{_(_KINDS[metric.kind])} {labels}".strip(), _(metric.help)))
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)
