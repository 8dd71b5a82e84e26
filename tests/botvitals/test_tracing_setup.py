"""`setup_tracing()` in whole bots: a process has one global provider, and can set it once."""

from pathlib import Path

import pytest

from support_otlp import receiver
from support_traces import resource_spans, run_bot, span_names

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"

BOT = """
from opentelemetry import trace
from botvitals import get_performance_monitor, setup_tracing

if __name__ == "__main__":
    provider = setup_tracing({name})
    assert provider is trace.get_tracer_provider()
    assert setup_tracing() is provider
    monitor = get_performance_monitor()
    with trace.get_tracer("bot").start_as_current_span("foreign"):
        with monitor.timer("reply_1"):
            pass
    print(type(provider).__name__)
"""

BOT_WITH_ITS_OWN_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from botvitals import setup_tracing

if __name__ == "__main__":
    own = TracerProvider()
    trace.set_tracer_provider(own)
    print(setup_tracing() is own)
"""

BOT_THAT_TRACES_IN_A_FORK = """
import os
from botvitals import get_performance_monitor, setup_tracing

if __name__ == "__main__":
    provider = setup_tracing()
    with get_performance_monitor().timer("parent"):
        pass
    provider.force_flush()
    child = os.fork()
    with get_performance_monitor().timer("child" if child == 0 else "parent"):
        pass
    if child:
        os.waitpid(child, 0)
"""


def test_a_bots_spans_and_ours_are_one_trace_in_the_collector(tmp_path: Path) -> None:
    with receiver() as server:
        bot = run_bot(tmp_path, BOT.format(name="'my-bot'"), environ={ENDPOINT: server.url})
        assert (bot.stdout, bot.stderr) == ("TracerProvider\n", "")
        spans = {
            span.name: span for group in resource_spans(server) for scope in group.scope_spans for span in scope.spans
        }
        resources = [group.resource.attributes for group in resource_spans(server)]
    assert spans["reply"].trace_id == spans["foreign"].trace_id
    assert spans["reply"].parent_span_id == spans["foreign"].span_id
    for attributes in resources:
        values = {item.key: item.value.string_value for item in attributes}
        assert (values["service.name"], values["telemetry.sdk.language"]) == ("my-bot", "python")


def test_the_instance_is_the_same_with_every_start(tmp_path: Path) -> None:
    instances = set()
    with receiver() as server:
        for _ in range(2):
            run_bot(tmp_path, BOT.format(name=""), environ={ENDPOINT: server.url})
        for group in resource_spans(server):
            values = {item.key: item.value.string_value for item in group.resource.attributes}
            assert values["service.name"] == tmp_path.name
            instances.add(values["service.instance.id"])
    assert len(instances) == 1


def test_a_provider_of_the_bots_own_stays(tmp_path: Path) -> None:
    bot = run_bot(tmp_path, BOT_WITH_ITS_OWN_PROVIDER)
    assert (bot.stdout, bot.stderr) == ("True\n", "")


def test_no_exporter_means_nothing_is_sent(tmp_path: Path) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url, "OTEL_TRACES_EXPORTER": "none"}
        bot = run_bot(tmp_path, BOT.format(name=""), environ=environ)
        assert (bot.returncode, server.received) == (0, [])


def test_the_console_shows_spans_where_it_is_asked_to(tmp_path: Path) -> None:
    bot = run_bot(tmp_path, BOT.format(name=""), environ={"OTEL_TRACES_EXPORTER": "console"})
    assert '"name": "reply"' in bot.stdout
    assert '"name": "foreign"' in bot.stdout


@pytest.mark.parametrize(
    ("sampler", "argument", "names"),
    [
        ("always_off", "", []),
        ("parentbased_traceidratio", "0", []),
        ("traceidratio", "1.0", ["foreign", "reply"]),
    ],
)
def test_the_samplers_variables_are_heeded(tmp_path: Path, sampler: str, argument: str, names: list[str]) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url, "OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument}
        bot = run_bot(tmp_path, BOT.format(name=""), environ=environ)
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == names


def test_a_disabled_sdk_sets_nothing(tmp_path: Path) -> None:
    bot = run_bot(tmp_path, BOT.format(name=""), environ={"OTEL_SDK_DISABLED": "true"})
    assert (bot.stdout, bot.stderr) == ("ProxyTracerProvider\n", "")


def test_a_provider_that_a_variable_names_and_nobody_has_does_not_stop_the_bot(tmp_path: Path) -> None:
    with receiver() as server:
        environ = {ENDPOINT: server.url, "OTEL_PYTHON_TRACER_PROVIDER": "nobodys"}
        text = BOT.format(name="").replace("assert provider is trace.get_tracer_provider()", "")
        text = text.replace('trace.get_tracer("bot")', 'provider.get_tracer("bot")')
        bot = run_bot(tmp_path, text, environ=environ)
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == ["foreign", "reply"]


@pytest.mark.skipif("sys.platform == 'win32'", reason="forks")
def test_a_forked_child_sends_its_spans_too(tmp_path: Path) -> None:
    with receiver() as server:
        bot = run_bot(tmp_path, BOT_THAT_TRACES_IN_A_FORK, "-W", "ignore", environ={ENDPOINT: server.url})
        assert bot.returncode == 0, bot.stderr
        assert span_names(server) == ["child", "parent", "parent"]
