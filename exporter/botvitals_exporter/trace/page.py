"""All that `botvitals trace` shows."""

from rich.text import Text

from botvitals.language import gettext as _
from botvitals_exporter.console.layout import HEADING, join_lines
from botvitals_exporter.trace.averages_table import averages_table
from botvitals_exporter.trace.glyphs import Glyphs
from botvitals_exporter.trace.report import Report
from botvitals_exporter.trace.waterfall import safe_name, waterfall

LEAST_WIDTH, MOST_WIDTH = 60, 140


def page(report: Report, columns: int, glyphs: Glyphs) -> Text:
    """Return the slowest operations as waterfalls, then the averages, for a terminal of so many columns."""
    width = min(max(columns, LEAST_WIDTH), MOST_WIDTH)
    blocks = []
    if report.slowest:
        legend = _("slowest part")
        title = Text(_("Slowest operations"), HEADING).append(f"   {glyphs.slowest} {legend}", "yellow")
        blocks += [title, *(waterfall(slow, number, width, glyphs) for number, slow in enumerate(report.slowest, 1))]
        blocks.append(Text(_("Where the time went"), HEADING) + "\n" + averages_table(report.averages, width, glyphs))
    abandoned = {name: average.abandoned for name, average in report.averages.items() if average.abandoned}
    if abandoned:
        names = ", ".join(f"{safe_name(name)} ({number:,})" for name, number in abandoned.items())
        blocks.append(Text(_("Timers that nobody ended: {names}").format(names=names), "yellow"))
    return join_lines(Text("\n").join([block, Text("")]) for block in blocks)
