"""Bots run as a user runs them: which provider gets their spans, and how soon they are gone."""

import json
from pathlib import Path

import pytest

from support_otlp import closed_endpoint, hanging_endpoint, receiver
from support_traces import OBJECTS, resource_spans, run_bot, seconds_to_end, span_names, trickling_endpoint

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

# What two seconds may become on a machine that is busy with other things.
GONE_SECONDS = 4.0

REPLY = """
    with get_performance_monitor().timer("reply_1", "hello"):
        pass
"""

BOT = f"""
from botvitals import get_performance_monitor

if __name__ == "__main__":
{REPLY}
"""

OWN_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

def set_own_provider():
    provider = TracerProvider()
    exporter = ConsoleSpanExporter(formatter=lambda span: f"OWN {span.name}\\n")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
"""

BOT_WITH_ITS_OWN_PROVIDER = f"""
from botvitals import get_performance_monitor
{OWN_PROVIDER}
if __name__ == "__main__":
{REPLY}
    set_own_provider()
{REPLY}
    with trace.get_tracer("bot").start_as_current_span("foreign"):
        pass
"""

BOT_THAT_SETS_UP = f"""
from botvitals import get_performance_monitor, setup_tracing

if __name__ == "__main__":
    setup_tracing()
{REPLY}
    from opentelemetry import trace
    with trace.get_tracer("bot").start_as_current_span("foreign"):
        pass
"""

BOT_THAT_STARTS = f"""
import botvitals_exporter
from botvitals import get_performance_monitor

if __name__ == "__main__":
    botvitals_exporter.start(port=None, service_name="started")
{REPLY}
"""

BOT_THAT_FORKS = """
import os
from botvitals import get_performance_monitor

if __name__ == "__main__":
    with get_performance_monitor().timer("before"):
        pass
    child = os.fork()
    with get_performance_monitor().timer("after" if child else "child"):
        pass
    if child:
        os.waitpid(child, 0)
"""

BOT_THAT_TELLS = """
import sys, threading
from botvitals import get_performance_monitor

if __name__ == "__main__":
    with get_performance_monitor().timer("reply_1"):
        pass
    print([thread.name for thread in threading.enumerate() if "spans" in thread.name])
    print("opentelemetry.sdk.trace" in sys.modules)
"""


def names_in(file: Path) -> list[str]:
    """The names of the spans in a file, in its order."""
    requests = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    scopes = [scope for request in requests for group in request["resourceSpans"] for scope in group["scopeSpans"]]
    return [span["name"] for scope in scopes for span in scope["spans"]]


def test_nothing_is_exported_and_no_thread_started_unless_asked(tmp_path: Path) -> None:
    bot = run_bot(tmp_path, BOT_THAT_TELLS, *OBJECTS)
    assert bot.stdout.splitlines() == ["[]", "False"]


def test_a_bot_without_a_provider_has_its_spans_sent_under_its_name(tmp_path: Path) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url, "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test"}
        bot = run_bot(tmp_path, BOT, *OBJECTS, "--service-name", "my-bot", environ=environ)
        assert (bot.returncode, bot.stderr.count("OTLP")) == (0, 0)
        (group,) = resource_spans(server)
        resource = {item.key: item.value.string_value for item in group.resource.attributes}
    assert resource["service.name"] == "my-bot"
    assert resource["deployment.environment.name"] == "test"
    assert len(resource["service.instance.id"]) == 36
    (scope,) = group.scope_spans
    assert scope.scope.name == "botvitals"
    (span,) = scope.spans
    assert span.name == "reply"


def test_a_provider_that_the_bot_sets_later_gets_its_spans_and_the_private_one_those_before(tmp_path: Path) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url}
        bot = run_bot(tmp_path, BOT_WITH_ITS_OWN_PROVIDER, *OBJECTS, "--spans", "spans.jsonl", environ=environ)
        assert span_names(server) == ["reply"]
    assert bot.stdout.splitlines() == ["OWN reply", "OWN foreign"]
    assert "Overriding" not in bot.stderr
    # The file has ours, before and after, and nothing that is not ours.
    assert names_in(tmp_path / "spans.jsonl") == ["reply", "reply"]


def test_setup_tracing_sends_the_bots_spans_and_ours_and_the_file_has_ours(tmp_path: Path) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url}
        options = ("--service-name", "my-bot", "--spans", "spans.jsonl")
        bot = run_bot(tmp_path, BOT_THAT_SETS_UP, *OBJECTS, *options, environ=environ)
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == ["foreign", "reply"]
        names = {
            item.value.string_value
            for group in resource_spans(server)
            for item in group.resource.attributes
            if item.key == "service.name"
        }
    assert names == {"my-bot"}
    assert names_in(tmp_path / "spans.jsonl") == ["reply"]


@pytest.mark.skipif("sys.platform == 'win32'", reason="forks")
def test_a_forked_child_sends_its_own_spans_and_no_others_twice(tmp_path: Path) -> None:
    with receiver() as server:
        bot = run_bot(tmp_path, BOT_THAT_FORKS, "-W", "ignore", *OBJECTS, environ={ENDPOINT: server.url})
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == ["after", "before", "child"]


def test_start_sends_the_spans_of_a_bot_without_a_provider(tmp_path: Path) -> None:
    with receiver() as server:
        bot = run_bot(tmp_path, BOT_THAT_STARTS, environ={ENDPOINT: server.url})
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == ["reply"]


def test_a_provider_that_is_there_before_us_is_used(tmp_path: Path) -> None:
    # As opentelemetry-instrument does: in a sitecustomize, with its own defaults left in the environment.
    (tmp_path / "sitecustomize.py").write_text(
        f"import os\nos.environ['OTEL_TRACES_EXPORTER'] = 'otlp'\n"
        f"os.environ['OTEL_EXPORTER_OTLP_PROTOCOL'] = 'grpc'\n{OWN_PROVIDER}\nset_own_provider()\n",
        encoding="utf-8",
    )
    environ = {"PYTHONPATH": str(tmp_path)}
    bot = run_bot(tmp_path, BOT, *OBJECTS, "--spans", "spans.jsonl", environ=environ)
    assert (bot.stdout.splitlines(), bot.stderr) == (["OWN reply"], "")
    assert names_in(tmp_path / "spans.jsonl") == ["reply"]


@pytest.mark.parametrize("way", ["objects", "setup_tracing"])
@pytest.mark.parametrize("collector", ["closed", "hanging", "failing", "trickling"])
def test_a_bot_is_gone_within_seconds_whatever_the_collector_does(tmp_path: Path, collector: str, way: str) -> None:
    before = OBJECTS if way == "objects" else ()
    environ = {"SETUP": "1"} if way == "setup_tracing" else {}
    with hanging_endpoint() as hanging, receiver(status=500) as failing, trickling_endpoint() as trickling:
        endpoints = {
            "closed": closed_endpoint(),
            "hanging": hanging,
            "failing": failing.url,
            "trickling": trickling,
        }
        endpoint = endpoints[collector]
        assert seconds_to_end(tmp_path, {ENDPOINT: endpoint, **environ}, *before) < GONE_SECONDS


def test_a_collector_that_fails_is_said_in_one_line_without_the_headers(tmp_path: Path) -> None:
    with receiver(status=500) as server:
        environ = {ENDPOINT: server.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-api=geheimgeheim,broken"}
        bot = run_bot(tmp_path, BOT, *OBJECTS, environ=environ)
        assert server.received[0][1]["x-api"] == "geheimgeheim"
    said = [line for line in bot.stderr.splitlines() if "traces" in line or "spans" in line]
    assert len(said) == 1
    assert "500" in said[0]
    assert "geheim" not in bot.stdout + bot.stderr
    assert "broken" not in bot.stdout + bot.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (ENDPOINT, "localhost:4318"),
        ("OTEL_TRACES_EXPORTER", "zipkon"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "-1"),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "many"),
    ],
)
def test_a_broken_variable_is_one_warning_that_names_it_and_the_bot_runs(tmp_path: Path, name: str, value: str) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url, name: value}
        bot = run_bot(tmp_path, BOT + "    print('done')\n", *OBJECTS, environ=environ)
    assert (bot.returncode, bot.stdout) == (0, "done\n")
    assert [name in line for line in bot.stderr.splitlines()] == [True]


def test_a_file_that_cannot_be_written_is_said_once_and_the_bot_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    bot = run_bot(tmp_path, BOT + "    print('done')\n", *OBJECTS, "--spans", "file/spans.jsonl")
    assert (bot.returncode, bot.stdout) == (0, "done\n")
    assert bot.stderr.count("spans.jsonl; ") + bot.stderr.count("cannot write") == 1


def test_a_disabled_sdk_records_no_spans_and_says_so(tmp_path: Path) -> None:
    bot = run_bot(tmp_path, BOT, *OBJECTS, "--spans", "spans.jsonl", environ={"OTEL_SDK_DISABLED": "true"})
    assert bot.returncode == 0
    assert "OTEL_SDK_DISABLED" in bot.stderr
    assert not (tmp_path / "spans.jsonl").exists()
