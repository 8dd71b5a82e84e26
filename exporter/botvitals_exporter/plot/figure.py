"""Drawing a picture with matplotlib's objects: no pyplot, no settings of the whole process.

Importing this needs matplotlib.
"""

from datetime import UTC

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from botvitals.language import mark
from botvitals_exporter.plot.fonts import Fonts
from botvitals_exporter.plot.legend import ROW_INCHES, Legend, Row, Style
from botvitals_exporter.plot.picture import Line, Picture
from botvitals_exporter.plot.thinning import Points, lone_points
from botvitals_exporter.plot.units import unit_for

DPI = 150
_WIDTH_INCHES = 13.0
_LEAST_HEIGHT_INCHES = 6.2
_MARGIN_INCHES = 0.35
_HEADER_INCHES = 1.15
_TIME_AXIS_INCHES = 0.55
_DIGIT_INCHES = 0.08
_MOST_LEGEND_ROWS = 40

# Okabe and Ito's colours, told apart by the colour-blind (https://jfly.uni-koeln.de/color/), without the yellow, which
# is too pale for a line on white. Seven lines more get a marker: dashes would drown where points are dense.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5A5A5A")
_MARKERS = ("", "o", "^", "s")
_MARKERS_A_LINE = 7
_TOTAL_COLOUR = "#1A1A1A"
_LIMIT_COLOUR = "#B00020"
_INK, _PALE_INK, _GRID = "#222222", "#6B6B6B", "#E4E4E4"

_DOT_STYLE: Style = {"marker": "o", "linestyle": "", "markersize": 4.5, "markeredgewidth": 0}
_MARKER_STYLE: Style = {"markersize": 5.5, "markerfacecolor": "white", "markeredgewidth": 1.4}
_FEW_POINTS = 30
_LONE_MOMENT_SECONDS = 60.0

# Numbers only: month names would be in the locale's language, not in the picture's.
_TICKS = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"]
_TICKS_AT_ZERO = ["", "%Y", "%m-%d", "%m-%d", "%H:%M", "%H:%M:%S"]
_TIME_AXIS_ENDS = ["", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d %H:%M"]


def draw(picture: Picture, fonts: Fonts) -> Figure:
    """Return the figure of `picture`, as high as its legend needs."""
    shown = picture.lines[:_MOST_LEGEND_ROWS]
    legend_inches = ROW_INCHES * (len(shown) + 2.5)
    height = max(_LEAST_HEIGHT_INCHES, _HEADER_INCHES + legend_inches + _TIME_AXIS_INCHES)
    figure = Figure(figsize=(_WIDTH_INCHES, height), dpi=DPI, facecolor="white")
    text: Style = {"family": fonts.families, "size": 9, "color": _INK}
    quiet: Style = {**text, "color": _PALE_INK}
    styles = _styles(picture)

    rows = [
        Row(style, line.label, [unit_for(picture.value, n).format(n) for n in (line.last, line.peak)])
        for line, style in zip(shown, styles, strict=False)
    ]
    more = len(picture.lines) - len(shown)
    footer = fonts.say(mark("and {number} more below"), number=more) if more else ""
    legend = Legend(figure, [fonts.say(mark("last")), fonts.say(mark("peak"))], rows, footer, text, quiet)

    unit = unit_for(picture.value, picture.peak)
    axes_right = _WIDTH_INCHES - _MARGIN_INCHES - legend.width_inches - 0.3
    axes_top = height - _HEADER_INCHES
    axes = figure.add_axes((0, 0, 1, 1), facecolor="white")
    legend.place(axes_right + 0.3, axes_top + ROW_INCHES)
    _dress(axes, picture, unit.size, fonts)
    axes_left = _MARGIN_INCHES + 0.1 + _DIGIT_INCHES * max(len(_tick(number, 0)) for number in axes.get_yticks())
    axes.set_position(
        (
            axes_left / _WIDTH_INCHES,
            _TIME_AXIS_INCHES / height,
            (axes_right - axes_left) / _WIDTH_INCHES,
            (axes_top - _TIME_AXIS_INCHES) / height,
        )
    )
    for position, (line, style) in enumerate(zip(picture.lines, styles, strict=True)):
        _draw_line(axes, line, unit.size, style, position, is_alone=len(picture.lines) == 1)
    if picture.limit is not None:
        _draw_limit(axes, picture.limit, unit.size, fonts, text)

    def write(x: float, above_axes: float, words: str, style: Style) -> None:
        place = (x, axes_top + above_axes)
        figure.text(*place, words, parse_math=False, transform=figure.dpi_scale_trans, **style)

    # Few Chinese fonts have a bold face, and one bold word among plain ones looks like a mistake.
    weight = "bold" if picture.title.isascii() else "normal"
    write(_MARGIN_INCHES, 0.72, picture.title, {**text, "size": 14, "weight": weight})
    write(_MARGIN_INCHES, 0.46, picture.subtitle, {**quiet, "size": 9.5})
    write(_MARGIN_INCHES, 0.16, unit.name, quiet)
    return figure


def _styles(picture: Picture) -> list[Style]:
    """One style a line: neighbours in the legend, which lie close in the picture too, differ in colour."""
    styles: list[Style] = []
    plain = 0
    for line in picture.lines:
        if line.is_total:
            styles.append({"color": _TOTAL_COLOUR, "linewidth": 2.4})
            continue
        marker = _MARKERS[plain // len(_COLOURS) % len(_MARKERS)]
        styles.append({"color": _COLOURS[plain % len(_COLOURS)], "linewidth": 1.7, "marker": marker, **_MARKER_STYLE})
        plain += 1
    return styles


def _draw_line(axes: Axes, line: Line, unit_size: float, style: Style, position: int, *, is_alone: bool) -> None:
    x, y = _days(line.x), line.y / unit_size
    axes.plot(x, y, **style, markevery=_spread(x, y, position), solid_capstyle="round", zorder=3)
    if is_alone:
        axes.fill_between(x, y, color=style["color"], alpha=0.10, linewidth=0, zorder=2)
    dots = np.isfinite(y) if np.isfinite(y).sum() <= _FEW_POINTS else lone_points(y)
    if dots.any():
        dot = {**style, "linestyle": ""} if style.get("marker") else {**_DOT_STYLE, "color": style["color"]}
        axes.plot(x[dots], y[dots], **dot, zorder=4)


def _spread(x: Points, y: Points, position: int) -> list[int]:
    """Return points evenly apart in time, not below those of the line before, for the markers to stand on."""
    there = np.flatnonzero(np.isfinite(y))
    there = there[np.argsort(x[there], kind="stable")]
    moments = np.linspace(x[there[0]], x[there[-1]], _MARKERS_A_LINE * 2 + 1)[1 + position % 2 :: 2]
    nearest = np.searchsorted(x[there], moments).clip(max=len(there) - 1)
    return [int(index) for index in np.unique(there[nearest])]


def _draw_limit(axes: Axes, limit: float, unit_size: float, fonts: Fonts, text: Style) -> None:
    axes.axhline(limit / unit_size, color=_LIMIT_COLOUR, linestyle=(0, (6, 3)), linewidth=1.3, zorder=2)
    words = fonts.say(mark("memory limit {amount}"), amount=unit_for("bytes", limit).format(limit))
    axes.annotate(
        words,
        (0, limit / unit_size),
        xycoords=axes.get_yaxis_transform(),
        xytext=(6, 4),
        textcoords="offset points",
        parse_math=False,
        **{**text, "color": _LIMIT_COLOUR},
    )


def _dress(axes: Axes, picture: Picture, unit_size: float, fonts: Fonts) -> None:
    """Give the axes their limits, ticks and a light grid."""
    lone = picture.start == picture.end
    margin = _LONE_MOMENT_SECONDS if lone else (picture.end - picture.start) * 0.01
    axes.set_xlim(*_days(np.array([picture.start - margin, picture.end + margin])))
    highest = max(picture.peak * 1.06, (picture.limit or 0) * 1.08) / unit_size
    axes.set_ylim(0, highest or 1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 2.5, 5, 10], integer=picture.value == "count"))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    # matplotlib leaves its dates untyped.
    locator = AutoDateLocator(tz=UTC, minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator, tz=UTC, formats=_TICKS, zero_formats=_TICKS_AT_ZERO, offset_formats=_TIME_AXIS_ENDS
        )
    )
    axes.tick_params(
        length=0, pad=6, labelsize=9, labelcolor=_PALE_INK, labelfontfamily=list(fonts.families), which="both"
    )
    axes.xaxis.get_offset_text().set(size=9, color=_PALE_INK, family=list(fonts.families))
    axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.8, linestyle="-")
    axes.grid(visible=True, axis="x", color=_GRID, linewidth=0.5, linestyle="-")
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set(visible=side == "bottom", color="#BBBBBB", linewidth=0.8)


def _days(seconds: Points) -> Points:
    """Return matplotlib's days of seconds since 1970, both without a zone."""
    epoch: float = date2num(np.datetime64(0, "s"))  # type: ignore[no-untyped-call]
    return np.asarray(epoch + seconds / 86400)


def _tick(number: float, _position: int) -> str:
    return f"{number:,.10g}"
