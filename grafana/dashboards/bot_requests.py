"""Why was that reply slow?"""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards import variables
from dashboards.identifiers import REQUESTS_UID
from dashboards.page import Section, page
from dashboards.panels import NOTHING, RED, AnyPanel, Column, bars, graph, rows
from dashboards.queries import requests

_NO_OPERATIONS = "no operation ended in this range: time what the bot does with botvitals.get_performance_monitor()"


def bot_requests() -> Dashboard:
    """Return the dashboard: a table over the whole range, the slow ones with their traces, then rates."""
    return page(
        REQUESTS_UID,
        "Bot requests",
        "Why was that reply slow? Operations, where their time goes, and the traces behind them.",
        [
            Section([_whole_range(), _quantiles(), _segments()]),
            Section(_rates(), "How many"),
            Section([_segments_over_time(), *_unfinished()], "Where the time goes, and what has not ended"),
        ],
        # Many bots have three requests an hour.
        since="now-24h",
        more_variables=[variables.operations()],
    )


def _whole_range() -> AnyPanel:
    only_this = (
        f"/d/{REQUESTS_UID}?var-operation=${{__value.raw:percentencode}}"
        "&${job:queryparam}&${instance:queryparam}&${datasource:queryparam}&${__url_time_range}"
    )
    return rows(
        "Operations in the whole range",
        "What the bot did in the range chosen above, slowest first, and the segment that took most of the time. "
        "Click an operation to see it alone.",
        requests.WHOLE_RANGE,
        sorted_by="p95",
        columns=[
            Column("operation", "Operation", link=only_this),
            Column("Value #A", "Count", unit="short"),
            Column("Value #B", "Errors", unit="short", steps=((None, "text"), (1, RED))),
            Column("Value #C", "Mean", unit="s"),
            Column("Value #D", "p95", unit="s"),
            Column("checkpoint", "Slowest segment"),
            Column("Value #E", "Its share of the time", unit="percentunit"),
        ],
        size=(24, 10),
        nothing=_NO_OPERATIONS,
    )


def _quantiles() -> AnyPanel:
    return graph(
        "How long: p50, p95, p99, and traces",
        "Half, 95 % and 99 % of the operations took no longer than this. Each mark is one of them whose trace was "
        "kept: click it, then the link to Jaeger.",
        *requests.QUANTILES,
        unit="s",
        size=(12, 9),
        nothing=_NO_OPERATIONS,
        is_sparse=True,
    )


def _segments() -> AnyPanel:
    return bars(
        "Where the time went, a request",
        "Seconds that an operation spends in each of its segments on the mean, over the whole range: from the mark "
        "before to the checkpoint named.",
        requests.SECONDS_BY_SEGMENT,
        unit="s",
        size=(12, 9),
        nothing=NOTHING,
    )


def _rates() -> list[AnyPanel]:
    return [
        graph(
            "Operations a minute",
            "How many end, however they end.",
            requests.PER_MINUTE,
            unit="opm",
            size=(12, 8),
            nothing=_NO_OPERATIONS,
        ),
        graph(
            "Errors a minute",
            "How many end by an exception. A cancelled one is no error.",
            requests.ERRORS_PER_MINUTE,
            unit="opm",
            size=(12, 8),
            nothing=_NO_OPERATIONS,
        ),
    ]


def _segments_over_time() -> AnyPanel:
    return graph(
        "Time by segment",
        "Seconds a second that operations spend in the segments that took most of the time: 2 s means two of them at"
        " once on the mean.",
        requests.SEGMENTS_OVER_TIME,
        unit="s",
        size=(8, 9),
        nothing=_NO_OPERATIONS,
        is_stacked=True,
    )


def _unfinished() -> list[AnyPanel]:
    return [
        graph(
            "In progress",
            "Operations that run now. A number that only rises: they hang, or nobody ends their timers.",
            requests.RUNNING,
            unit="short",
            size=(8, 9),
            nothing=_NO_OPERATIONS,
        ),
        graph(
            "Abandoned a minute",
            "Timers that were started and not ended within an hour: they are in no other panel.",
            requests.ABANDONED_TIMERS,
            unit="opm",
            size=(8, 9),
            nothing=_NO_OPERATIONS,
        ),
    ]
