"""What runs here: versions, mode and engine."""

import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from prometheus_client.metrics_core import Metric as Family

from botvitals.language import mark
from botvitals.version import __version__
from botvitals_exporter.metric import PREFIX, Metric

Mode = Literal["monitor", "objects", "library"]


@dataclass(frozen=True, slots=True)
class Build:
    """What runs here; `engine` is the census engine's name, empty where nothing counts objects.

    `native` is `true` where the native core counts. All are strings, since they are labels.
    """

    mode: Mode
    engine: str = ""
    native: Literal["true", "false"] = "false"
    version: str = __version__
    python: str = platform.python_version()


BUILD = Metric(
    PREFIX + "build_info",
    "info",
    mark("What runs here: botvitals' version, Python's, the census engine, whether it is native, the mode"),
    labels=("version", "python", "engine", "native", "mode"),
)


class BuildCollector:
    """Publishes what runs here."""

    name = "build"
    metrics = (BUILD,)
    up: bool | None = None
    duration_seconds = 0.0

    def __init__(self, build: Build) -> None:
        self._labels = asdict(build)

    def collect(self) -> Iterable[Family]:
        """Return the family of `build`."""
        return [BUILD.info(self._labels)]
