"""The machine that a benchmark runs on, in one line without its name."""

import os
import platform
from pathlib import Path

import psutil

from botvitals.version import __version__


def describe_machine() -> str:
    """Return cores, processor, memory, system, and the versions of Python and botvitals."""
    cores = number_of_cores()
    return (
        f"{cores} core{'s' if cores != 1 else ''} ({_processor()}), "
        f"{psutil.virtual_memory().total / (1 << 30):.0f} GB memory, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, botvitals {__version__}"
    )


def number_of_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
