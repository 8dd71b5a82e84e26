"""What publishes a bot's vitals: sources, collectors, the server, recorders, the screen, the plot and the commands.

A bot that is not started by the command line calls `start()`; see there.
"""

from botvitals_exporter.exporter import Exporter
from botvitals_exporter.library import start, wsgi_app

__all__ = ["Exporter", "start", "wsgi_app"]
