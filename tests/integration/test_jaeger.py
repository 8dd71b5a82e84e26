"""What a bot's timers look like in a real Jaeger, asked by its HTTP API."""

import json
import os
from pathlib import Path
from typing import Any

from support_jaeger import events_of, parent_of, spans_of, tags_of
from support_programs import BOTVITALS, eventually, get, running

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsawQ"
BOT = f"""
import asyncio, json
from botvitals import get_performance_monitor
from opentelemetry.trace import SpanKind

monitor = get_performance_monitor()

async def click():
    async with monitor.async_timer("button_click_12345_1757421666", "按钮点击", kind=SpanKind.CONSUMER) as timer:
        timer.checkpoint("user_state", "用户状态检查")
        async with monitor.async_timer("handler_12345"):
            await asyncio.sleep(0.02)
        timer.checkpoint("dispatched")

async def fail():
    try:
        async with monitor.async_timer("api_call_77"):
            raise RuntimeError("POST https://api.telegram.org/bot{TOKEN}/sendPhoto failed")
    except RuntimeError:
        pass

async def confirm_then_webhook():
    async with monitor.async_timer("confirm_generation_5"):
        stored = json.dumps(monitor.carrier("confirm_generation_5"))
    monitor.start_timer("webhook_5", "回调", parent=json.loads(stored))
    monitor.checkpoint("webhook_5", "parsed")
    monitor.end_timer("webhook_5", "完成")

async def main_async():
    await asyncio.gather(*(click() for _ in range(100)))
    await fail()
    await confirm_then_webhook()
    await asyncio.sleep(600)
"""


def test_a_bots_timers_are_traces_in_jaeger(jaeger, tmp_path: Path) -> None:
    script = tmp_path / "bot.py"
    script.write_text(BOT)
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": jaeger.traces_endpoint}

    def traces(operation: str) -> list[dict[str, Any]]:
        found = json.loads(get(f"{jaeger.api}/traces?service=my_bot&operation={operation}&limit=1000"))
        return list(found["data"] or [])

    with running(
        *BOTVITALS, "objects", "--service-name", "my_bot", "--port", "0", "--quiet", str(script), env=environment
    ):
        eventually(lambda: traces("webhook"), "the last trace is in Jaeger")
        eventually(lambda: len(traces("button_click")) == 100, "a trace for each click")
    [services] = [json.loads(get(f"{jaeger.api}/services"))["data"]]
    assert "my_bot" in services

    clicks = traces("button_click")
    for trace in clicks:
        spans = spans_of(trace)
        click, handler = spans["button_click"], spans["handler"]
        assert parent_of(click) is None
        assert parent_of(handler) == click["spanID"]
        assert tags_of(click)["span.kind"] == "consumer"
        assert tags_of(click)["botvitals.operation.id"] == "button_click_12345_1757421666"
        assert tags_of(click)["botvitals.operation.description"] == "按钮点击"
        assert tags_of(click)["botvitals.operation.outcome"] == "ok"
        first, second = events_of(click)
        assert (first["event"], second["event"]) == ("user_state", "dispatched")
        assert first["botvitals.checkpoint.description"] == "用户状态检查"
        for event in (first, second):
            elapsed_microseconds = event["at"] - click["startTime"]
            assert abs(elapsed_microseconds - float(event["botvitals.checkpoint.elapsed"]) * 1e6) < 5
        assert second["botvitals.checkpoint.elapsed"] >= 0.02
        assert click["startTime"] <= handler["startTime"]
        assert handler["duration"] <= click["duration"]

    [failed] = traces("api_call")
    span = spans_of(failed)["api_call"]
    assert tags_of(span)["error"] is True
    assert tags_of(span)["error.type"] == "RuntimeError"
    assert tags_of(span)["botvitals.operation.outcome"] == "error"
    assert TOKEN not in json.dumps(failed)
    assert "failed" in json.dumps(events_of(span))

    [confirmation] = traces("confirm_generation")
    spans = spans_of(confirmation)
    assert parent_of(spans["webhook"]) == spans["confirm_generation"]["spanID"]

    trace_id = confirmation["traceID"]
    third_version = json.loads(get(f"{jaeger.api}/v3/traces/{trace_id}"))["result"]["resourceSpans"]
    resource = {item["key"]: item["value"]["stringValue"] for item in third_version[0]["resource"]["attributes"]}
    assert resource["service.name"] == "my_bot"
    assert resource["service.instance.id"]
    scopes = {scope["scope"]["name"] for group in third_version for scope in group["scopeSpans"]}
    assert scopes == {"botvitals"}
