"""What the three dashboards have in common: variables, links to each other, annotations, the order of panels."""

from collections.abc import Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    VariableModel,
)

from dashboards import variables
from dashboards.identifiers import DATA_SOURCE, TAG
from dashboards.panels import BLUE, ORANGE, RED, AnyPanel
from dashboards.queries import events


@dataclass(frozen=True, slots=True)
class Section:
    """Panels that belong together, under a title; the first section of a dashboard needs none."""

    panels: Sequence[AnyPanel]
    title: str = ""


def page(
    uid: str,
    title: str,
    description: str,
    sections: Sequence[Section],
    *,
    since: str,
    more_variables: Sequence[Builder[VariableModel]] = (),
) -> Dashboard:
    """Return a dashboard; `since` is where its range begins, such as `now-6h`. Panels are numbered in their order."""
    built = dashboard.Dashboard(title).uid(uid).description(description).tags([TAG]).readonly()
    built.time(since, "now").refresh("30s").timezone("browser").tooltip(DashboardCursorSync.CROSSHAIR)
    built.variables([*variables.bots(), *more_variables])
    built.annotations(_annotations()).links([_links()])
    number = 0
    for section in sections:
        if section.title:
            number += 1
            built.with_row(dashboard.Row(section.title).id(number))
        for panel in section.panels:
            number += 1
            built.with_panel(panel.id(number))
    model = built.build()
    for link in model.links or ():
        # foundation-sdk 0.0.21 hides links in a menu and has no word for a place in sight, which is to say none.
        link.placement = None  # type: ignore[assignment]
    return model


def _links() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("botvitals").type(DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.keep_time(True).include_vars(True).as_dropdown(False).tooltip("The other sides of the same bots")


def _annotations() -> list[Builder[AnnotationQuery]]:
    return [
        _annotation("Restarts", BLUE, events.STARTS, "{{instance}} started").use_value_for_time(True),
        _annotation("OOM kills", RED, events.KILLS, "{{instance}}: the kernel killed a process for want of memory"),
        _annotation(
            "New versions",
            ORANGE,
            events.NEW_VERSIONS,
            "{{instance}}: botvitals {{version}}, Python {{python}}",
        ),
    ]


def _annotation(name: str, color: str, expression: str, text: str) -> dashboard.AnnotationQuery:
    target = prometheus.Dataquery().expr(expression).ref_id("Anno").datasource(DATA_SOURCE).range()
    annotation = dashboard.AnnotationQuery().name(name).datasource(DATA_SOURCE).enable(True).icon_color(color)
    return annotation.target(target).title_format(name).text_format(text).tag_keys("job")
