"""Lets an interpreter without botvitals and its dependencies import the census alone."""

import sys
from pathlib import Path
from types import ModuleType


def use_packages_in(repository: Path, core: Path) -> None:
    """Import from `repository`, and the native core from the folder `core`, where it was built for this Python."""
    for name, folder in {
        "botvitals": "instrumentation/botvitals",
        "botvitals_exporter": "exporter/botvitals_exporter",
        "botvitals_exporter.sources": "exporter/botvitals_exporter/sources",
        "botvitals_exporter.sources.census": "exporter/botvitals_exporter/sources/census",
    }.items():
        module = ModuleType(name)
        module.__path__ = [str(core), str(repository / folder)]
        sys.modules[name] = module
