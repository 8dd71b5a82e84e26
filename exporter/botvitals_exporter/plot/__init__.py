"""Drawing recordings offline. Importing this is cheap: matplotlib and msgspec come in when something is drawn."""

from botvitals_exporter.plot.grouping import GROUPINGS, VALUES, Grouping, Value
from botvitals_exporter.plot.output import ENDINGS
from botvitals_exporter.plot.plotting import PlotError, PlotResult, plot_recordings

__all__ = ["ENDINGS", "GROUPINGS", "VALUES", "Grouping", "PlotError", "PlotResult", "Value", "plot_recordings"]
