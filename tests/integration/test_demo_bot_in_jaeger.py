"""The five flows that a bot's owner times, as a real Jaeger holds them."""

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from support_demo_bot import BOT, LIVELY
from support_jaeger import events_of, parent_of, spans_of, tags_of
from support_programs import BOTVITALS, eventually, get, running

TOKEN = re.compile(r"\d{8,}:[\w-]{30,}")
# Each flow's kind of span and its checkpoints.
FLOWS = {
    "button_click": ("consumer", ["user_state", "dispatch", "handler"]),
    "photo_message": ("consumer", ["background_task", "user", "photo_info", "state_check", "menu"]),
    "confirm_generation": (
        "consumer",
        ["user", "credits_check", "file_id", "credits_taken", "download", "api_call", "database", "state_cleared"],
    ),
    "image_api_call": ("client", ["request_built", "request_sent", "response_received", "response_parsed"]),
    "image_webhook": ("server", ["parsed", "validated", "background_task"]),
}
# What makes them fail: a click that came too late to be answered, an API that has no GPU to spare.
BAD_REQUEST, NO_GPU = "aiogram.exceptions.TelegramBadRequest", "picture_bot.image_api.ImageApiError"
ERRORS = {
    "button_click": {BAD_REQUEST},
    "confirm_generation": {BAD_REQUEST, NO_GPU},
    "image_api_call": {NO_GPU},
}

Traces = dict[str, list[dict[str, Any]]]


@pytest.fixture
def traces(jaeger, tmp_path: Path) -> Traces:
    """Run the demo bot until Jaeger holds each flow, well and failed; return the traces of each flow."""

    def found_by(operation: str, tags: dict[str, str]) -> list[dict[str, Any]]:
        query = {"service": "demo_bot", "operation": operation, "limit": 500, "tags": json.dumps(tags)}
        return list(json.loads(get(f"{jaeger.api}/traces?{urlencode(query)}"))["data"] or [])

    with (
        (tmp_path / "log").open("w") as log,
        running(
            *BOTVITALS,
            *("objects", "--no-metrics", "--quiet", "--interval=600", str(BOT), *LIVELY, "--errors=0.3"),
            env={**os.environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": jaeger.traces_endpoint},
            stdout=log,
            stderr=log,
        ),
    ):
        for operation, outcome in (*((flow, "ok") for flow in FLOWS), *((flow, "error") for flow in ERRORS)):
            tags = {"botvitals.operation.outcome": outcome}
            eventually(lambda name=operation, tags=tags: found_by(name, tags), f"{operation} in Jaeger, {outcome}")
        eventually(lambda: found_by("deliver_image", {}), "an image sent, in Jaeger")
    assert not TOKEN.search((tmp_path / "log").read_text())
    return {operation: found_by(operation, {}) for operation in FLOWS}


def spans_named(traces: Traces, operation: str) -> list[dict[str, Any]]:
    return [span for trace in traces[operation] for span in trace["spans"] if span["operationName"] == operation]


def test_jaeger_holds_the_five_flows(traces: Traces) -> None:
    for operation, (kind, checkpoints) in FLOWS.items():
        spans = spans_named(traces, operation)
        assert {tags_of(span)["span.kind"] for span in spans} == {kind}
        assert all(tags_of(span)["botvitals.operation.id"].startswith(f"{operation}_") for span in spans)
        well = [span for span in spans if tags_of(span)["botvitals.operation.outcome"] == "ok"]
        failed = [span for span in spans if tags_of(span)["botvitals.operation.outcome"] == "error"]
        # Without credits a confirmation ends well, and early.
        whole = [span for span in well if [event["event"] for event in events_of(span)] == checkpoints]
        assert whole
        assert whole == well or operation == "confirm_generation"
        for span in failed:
            tags = tags_of(span)
            assert tags["error"] is True
            assert tags["error.type"] in ERRORS[operation]
            passed = [event["event"] for event in events_of(span) if event["event"] != "exception"]
            assert passed == checkpoints[: len(passed)]
        assert bool(failed) == (operation in ERRORS)

    for span in spans_named(traces, "button_click") + spans_named(traces, "photo_message"):
        assert parent_of(span) is None

    whole_orders = [trace for trace in traces["image_webhook"] if "deliver_image" in spans_of(trace)]
    assert whole_orders
    for trace in whole_orders:
        spans = spans_of(trace)
        confirmation = spans["confirm_generation"]
        assert parent_of(confirmation) is None
        assert parent_of(spans["image_api_call"]) == confirmation["spanID"]
        assert parent_of(spans["image_webhook"]) == confirmation["spanID"]
        assert parent_of(spans["deliver_image"]) == spans["image_webhook"]["spanID"]
        assert spans["image_webhook"]["startTime"] > confirmation["startTime"] + confirmation["duration"]

    for span in spans_named(traces, "image_api_call"):
        assert parent_of(span) is not None
    assert not TOKEN.search(json.dumps(traces))
