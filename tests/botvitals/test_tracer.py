"""The global provider can be set once in a process, so each test looks from a process of its own."""

import os
import subprocess
import sys

PRELUDE = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from botvitals.tracer import bots_provider, current_tracer, set_private_provider
bots, ours = TracerProvider(shutdown_on_exit=False), TracerProvider(shutdown_on_exit=False)
"""


def output_of(program: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PRELUDE + program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return done.stdout.splitlines()


def test_the_bots_provider_is_found_at_whatever_time_it_is_set():
    program = """
print(bots_provider(), bots_provider(), current_tracer())
trace.set_tracer_provider(bots)
print(bots_provider() is bots, bots_provider() is bots, current_tracer() is current_tracer() is not None)
"""
    assert output_of(program) == ["None None None", "True True True"]


def test_spans_go_to_the_private_provider_until_the_bot_has_one():
    program = """
told = []
set_private_provider(ours, told.append)
private = current_tracer()
print(private is current_tracer(), told)
trace.set_tracer_provider(bots)
print(current_tracer() is private, told == [bots])
"""
    assert output_of(program) == ["True []", "False True"]


def test_a_provider_that_cannot_be_loaded_is_asked_for_once_and_gives_way_to_the_bots():
    program = """
import logging
records = []
handler = logging.Handler()
handler.emit = records.append
logging.getLogger().addHandler(handler)
print(bots_provider(), bots_provider(), current_tracer(), len(records))
trace.set_tracer_provider(bots)
print(bots_provider() is bots)
"""
    assert output_of(program, OTEL_PYTHON_TRACER_PROVIDER="nonsense") == ["None None None 1", "True"]
