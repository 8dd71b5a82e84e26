"""What a bot imports: timers, and what both packages share."""

from botvitals.operation import Checkpoint, Operation
from botvitals.performance_monitor import PerformanceMonitor, get_performance_monitor
from botvitals.tracing_setup import setup_tracing
from botvitals.version import __version__

__all__ = [
    "Checkpoint",
    "Operation",
    "PerformanceMonitor",
    "__version__",
    "get_performance_monitor",
    "setup_tracing",
]
