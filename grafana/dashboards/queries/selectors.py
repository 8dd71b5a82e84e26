"""The series of the bots that are selected in a dashboard's variables."""

from botvitals_exporter.metric import Metric

# What Grafana's own linter asks of every selector.
SELECTED_BOTS = ('job=~"$job"', 'instance=~"$instance"')


def series(metric: Metric, *matchers: str, part: str = "") -> str:
    """Return the selector of `metric` for the selected bots; `part` is a histogram's `bucket`, `sum` or `count`."""
    name = f"{metric.name}_{part}" if part else metric.name
    return f"{name}{{{', '.join((*SELECTED_BOTS, *matchers))}}}"


def rate(metric: Metric, *matchers: str, part: str = "") -> str:
    """Return the rate of a counter over the interval that Grafana finds fit for the width of the panel."""
    return f"rate({series(metric, *matchers, part=part)}[$__rate_interval])"


def increase_in_range(metric: Metric, *matchers: str, part: str = "") -> str:
    """Return what a counter rose by in the whole range of the dashboard."""
    return f"increase({series(metric, *matchers, part=part)}[$__range])"


def quantile(share: float, metric: Metric, *matchers: str) -> str:
    """Return a quantile of a histogram, `share` from 0 to 1, over the interval that fits the panel.

    It asks for the buckets themselves, since a recorded series has no exemplars.
    """
    return f"histogram_quantile({share}, sum by (le) ({rate(metric, *matchers, part='bucket')}))"
