"""What a command pushes by OTLP."""

import os

from botvitals_exporter.commands.options import Watching
from botvitals_exporter.failures import Failures
from botvitals_exporter.otlp.settings import PushSettings, push_settings


def asked_push(watching: Watching, failures: Failures) -> PushSettings | None:
    """Return how the metrics are to be pushed where the options or the environment ask for that."""
    return push_settings(
        os.environ,
        failures.say_safely,
        reading_interval_seconds=watching.interval_seconds,
        is_asked=watching.pushes_metrics,
    )
