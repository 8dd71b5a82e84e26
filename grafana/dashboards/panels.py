"""How a panel is made: all kinds through one helper, so that none lacks its description, unit or data source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from dashboards.identifiers import DATA_SOURCE
from dashboards.queries.query import Query

AnyPanel = timeseries.Panel | stat.Panel | table.Panel | bargauge.Panel
_Panel = TypeVar("_Panel", timeseries.Panel, stat.Panel, table.Panel, bargauge.Panel)
NOTHING = "nothing in this range"
# Grafana's names for its colours are the same in light and dark.
GREEN, YELLOW, ORANGE, RED, BLUE = "green", "yellow", "orange", "red", "blue"
Steps = Sequence[tuple[float | None, str]]
_NO_STEPS: Steps = ((None, GREEN),)


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: a label, or the value of a query (`Value #A` of the first), under its `title`.

    `steps` colour its numbers; `link` is where a click on a cell leads; `width` is in pixels.
    """

    source: str
    title: str
    unit: str = ""
    steps: Steps = ()
    link: str = ""
    width: int = 0

    def properties(self) -> list[DynamicConfigValue]:
        """Return how Grafana shows the column."""
        # What the panel says where it has no rows would stand in each cell that has no value.
        chosen = [DynamicConfigValue("noValue", "-")]
        if self.unit:
            chosen.append(DynamicConfigValue("unit", self.unit))
        if self.width:
            chosen.append(DynamicConfigValue("custom.width", self.width))
        if self.steps:
            chosen.append(DynamicConfigValue("thresholds", thresholds(self.steps).build()))
            chosen.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
        if self.link:
            chosen.append(DynamicConfigValue("links", [{"title": "only this one", "url": self.link}]))
        return chosen


def _panel(
    panel: _Panel,
    title: str,
    description: str,
    queries: Iterable[Query],
    *,
    unit: str,
    size: tuple[int, int],
    nothing: str,
    is_table: bool = False,
) -> _Panel:
    """Return `panel` with all that every panel has; `size` is width, of 24, and height in Grafana's grid."""
    width, height = size
    panel.title(title).description(description).unit(unit).datasource(DATA_SOURCE)
    panel.span(width).height(height).no_value(nothing)
    for letter, query in zip("ABCDEFGHIJ", queries, strict=False):
        target = prometheus.Dataquery().expr(query.expression).ref_id(letter).datasource(DATA_SOURCE)
        target = target.instant() if query.is_instant else target.range()
        if query.legend:
            target.legend_format(query.legend)
        if query.has_exemplars:
            target.exemplar(True)
        if is_table:
            target.format(PromQueryFormat.TABLE)
        panel.with_target(target)
    return panel


def graph(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    size: tuple[int, int] = (8, 8),
    nothing: str = NOTHING,
    is_stacked: bool = False,
    colors: Mapping[str, str] | None = None,
    shades: tuple[str, str] = ("", ""),
    is_sparse: bool = False,
    ceiling: str = "",
) -> timeseries.Panel:
    """Return lines over time; `colors` fixes those of series by their legend, `is_sparse` joins lone points.

    `shades` are of one colour, for all series whose legend matches a pattern. `ceiling` is the legend of a series that
    is drawn as a dashed line, in no stack.
    """
    panel = _panel(timeseries.Panel(), title, description, queries, unit=unit, size=size, nothing=nothing)
    legend = common.VizLegendOptions().show_legend(True).placement(common_models.LegendPlacement.BOTTOM)
    panel.legend(legend.display_mode(common_models.LegendDisplayMode.LIST).calcs([]))
    order = common_models.SortOrder.DESCENDING
    panel.tooltip(common.VizTooltipOptions().mode(common_models.TooltipDisplayMode.MULTI).sort(order))
    # Up to one at least: a lone zero would be drawn on a scale to a hundred.
    if unit in ("short", "opm"):
        panel.axis_soft_max(1)
    panel.min(0).line_width(1).fill_opacity(10).show_points(common_models.VisibilityMode.NEVER)
    if is_stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL).group("A"))
        panel.fill_opacity(60).line_width(0)
    if is_sparse:
        panel.span_nulls(True).show_points(common_models.VisibilityMode.ALWAYS).point_size(4)
    if ceiling:
        panel.override_by_name(
            ceiling,
            [
                DynamicConfigValue("custom.stacking", {"mode": "none"}),
                DynamicConfigValue("custom.fillOpacity", 0),
                DynamicConfigValue("custom.lineWidth", 2),
                DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [12, 8]}),
            ],
        )
    pattern, shaded = shades
    if pattern:
        panel.override_by_regexp(pattern, [DynamicConfigValue("color", {"mode": "shades", "fixedColor": shaded})])
    for name, color in (colors or {}).items():
        panel.override_by_name(name, [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})])
    return panel


def fact(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    size: tuple[int, int] = (4, 4),
    nothing: str = NOTHING,
    steps: Steps = _NO_STEPS,
    text_mode: common_models.BigValueTextMode = common_models.BigValueTextMode.VALUE,
    has_line: bool = True,
    labels: Sequence[str] = (),
) -> stat.Panel:
    """Return one number, with its course behind it; `steps` are where its colour changes, the first from nowhere.

    With `labels` it is these labels of the query's series that are shown.
    """
    is_table = bool(labels)
    panel = _panel(stat.Panel(), title, description, [query], unit=unit, size=size, nothing=nothing, is_table=is_table)
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"])
    panel.reduce_options(reduced.fields(f"/^({'|'.join(labels)})$/") if is_table else reduced)
    panel.text_mode(text_mode).color_mode(common_models.BigValueColorMode.VALUE)
    shows_line = has_line and not query.is_instant
    panel.graph_mode(common_models.BigValueGraphMode.AREA if shows_line else common_models.BigValueGraphMode.NONE)
    return panel.thresholds(thresholds(steps))


def bars(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    size: tuple[int, int] = (8, 8),
    nothing: str = NOTHING,
    has_long_names: bool = False,
) -> bargauge.Panel:
    """Return a bar for each series, in the query's order; long names stand above their bars, which takes more room."""
    panel = _panel(bargauge.Panel(), title, description, [query], unit=unit, size=size, nothing=nothing)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    panel.orientation(common_models.VizOrientation.HORIZONTAL).display_mode(common_models.BarGaugeDisplayMode.BASIC)
    placements = common_models.BarGaugeNamePlacement
    panel.name_placement(placements.TOP if has_long_names else placements.LEFT)
    lowest, highest = (36, 44) if has_long_names else (18, 26)
    panel.sizing(common_models.BarGaugeSizing.MANUAL).min_viz_height(lowest).max_viz_height(highest)
    panel.text(common.VizTextDisplayOptions().title_size(12).value_size(14))
    return panel.color_scheme(dashboard.FieldColor().mode(FieldColorModeId.FIXED).fixed_color(BLUE))


def rows(
    title: str,
    description: str,
    queries: Sequence[Query],
    *,
    columns: Sequence[Column],
    sorted_by: str,
    size: tuple[int, int] = (24, 8),
    nothing: str = NOTHING,
) -> table.Panel:
    """Return a table of the queries' values by the label that is the first column.

    The largest in the column titled `sorted_by` is on top.
    """
    label = columns[0].source
    panel = _panel(table.Panel(), title, description, queries, unit="short", size=size, nothing=nothing, is_table=True)
    join = {"byField": label, "mode": "outer"}
    names = [column.source for column in columns]
    order = {
        "indexByName": {name: place for place, name in enumerate(names)},
        "renameByName": {column.source: column.title for column in columns},
    }
    panel.transformations(
        [
            DataTransformerConfig("joinByField", options=join),
            DataTransformerConfig("filterFieldsByName", options={"include": {"names": names}}),
            DataTransformerConfig("organize", options=order),
        ]
    )
    panel.sort_by([common.TableSortByFieldState().display_name(sorted_by).desc(True)])
    panel.cell_height(common_models.TableCellHeight.SM)
    for column in columns:
        panel.override_by_name(column.title, column.properties())
    return panel


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    """Return where a colour begins; the first step's value is None."""
    models = [Threshold(value=value, color=color) for value, color in steps]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(models)
