"""The choices on top of every dashboard: data source, job, instance."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from botvitals_exporter.collectors.operations import DURATION
from botvitals_exporter.collectors.process import START_TIME
from dashboards.identifiers import DATA_SOURCE
from dashboards.queries.selectors import series

_ALL = VariableOption(selected=True, text="All", value="$__all")


def _choice(name: str, label: str, query: str) -> dashboard.QueryVariable:
    """Return a variable of several values, all of them at first, asked again when the time range changes."""
    variable = dashboard.QueryVariable(name).label(label).datasource(DATA_SOURCE).query(query)
    variable.multi(True).include_all(True).all_value(".+").current(_ALL)
    return variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).sort(VariableSort.ALPHABETICAL_ASC)


def bots() -> list[Builder[VariableModel]]:
    """Return the choice of data source and of bots, whether they are scraped or push."""
    return [
        dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"),
        _choice("job", "Job", f"label_values({START_TIME.name}, job)"),
        _choice("instance", "Instance", f'label_values({START_TIME.name}{{job=~"$job"}}, instance)'),
    ]


def operations() -> Builder[VariableModel]:
    """Return the choice of operations of the selected bots."""
    return _choice("operation", "Operation", f"label_values({series(DURATION, part='count')}, operation)")
