"""What a metric is called in OTLP, so that Prometheus's translation gives back the name that one scrapes.

Prometheus joins a name's parts by underscores and appends the unit's word (unless a part is that word already), then
`_ratio` to a gauge of unit 1 and `_total` to a counter: https://github.com/prometheus/otlptranslator `metric_namer.go`.
"""

from botvitals_exporter.metric import PREFIX

# OTLP writes units as UCUM does: https://ucum.org/ucum
_UCUM = {"bytes": "By", "seconds": "s", "ratio": "1"}

# What stands before a dot in a name; words that stand for themselves are joined by underscores.
_NAMESPACES = (
    "build",
    "census",
    "cgroup",
    "child",
    "collector",
    "event_loop",
    "gc",
    "heap",
    "memory",
    "module",
    "oom",
    "operation",
    "operations",
    "otlp",
    "process",
    "spans",
    "tree",
)


def otlp_name(name: str, unit: str) -> str:
    """Return the OTLP name of the metric that is scraped as `name`: `botvitals.process.resident_memory`.

    `unit` is the declared one (`bytes`, `seconds`, `ratio` or none).
    """
    stem = name.removeprefix(PREFIX).removesuffix("_total")
    # A ratio keeps its word: without it, the share of the memory would be called as the memory is.
    if unit != "ratio":
        stem = stem.removesuffix(f"_{unit}")
    for namespace in _NAMESPACES:
        if stem.startswith(namespace + "_"):
            stem = f"{namespace}.{stem.removeprefix(namespace + '_')}"
            break
    return PREFIX.replace("_", ".") + stem


def otlp_unit(unit: str) -> str:
    """Return the OTLP form of a declared unit; none stays none, since Prometheus makes a ratio of the unit 1."""
    return _UCUM[unit] if unit else ""
