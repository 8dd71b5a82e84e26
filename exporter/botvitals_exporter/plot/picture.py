"""What a picture shows, before anybody draws it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from botvitals.language import mark
from botvitals_exporter.plot.fonts import Fonts
from botvitals_exporter.plot.grouping import BOT_ROW, TOTAL_ROW, Grouping, Value
from botvitals_exporter.plot.names import shorten_all
from botvitals_exporter.plot.thinning import Points, thin
from botvitals_exporter.plot.tracks import Series, Track

# A picture is some 1,500 pixels wide at 150 DPI.
_COLUMNS = 2000
_NAME_CELLS = 36
_SHORT_SECONDS = 600

_TITLES: dict[tuple[Grouping, Value], str] = {
    ("type", "bytes"): mark("Memory by type"),
    ("type", "count"): mark("Objects by type"),
    ("module", "bytes"): mark("Memory by module"),
    ("module", "count"): mark("Objects by module"),
    ("process", "bytes"): mark("Memory by process (RSS)"),
    ("process", "count"): mark("Child processes by role"),
}
_ROWS: dict[tuple[str, Value], str] = {
    (BOT_ROW, "bytes"): mark("bot"),
    (TOTAL_ROW, "bytes"): mark("bot and children"),
    (TOTAL_ROW, "count"): mark("all children"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name as the legend shows it, its points (`x` as in `Series`), its last and its highest value."""

    label: str
    x: Points
    y: Points
    last: float
    peak: float
    is_total: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole picture, in words that its fonts have; the highest last value is the first of `lines`.

    `start` and `end` are local time in seconds since 1970 without a zone; `limit` is a level in the unit of the lines.
    """

    title: str
    subtitle: str
    value: Value
    lines: tuple[Line, ...]
    start: float
    end: float
    limit: float | None = None

    @property
    def peak(self) -> float:
        """The highest value of all lines."""
        return max(line.peak for line in self.lines)


def compose(
    track: Track, by: Grouping, value: Value, top: int, source: str, limit_bytes: float | None, fonts: Fonts
) -> Picture | None:
    """Return the picture of the `top` names of `track`, None where it has no names; `source` says whence it comes."""
    names = _choose(track, top)
    if not names:
        return None
    said = [fonts.say(_ROWS[name, value]) if (name, value) in _ROWS else fonts.showable(name) for name in names]
    lines = [
        _line(series, label) for series, label in zip(track.series(names), shorten_all(said, _NAME_CELLS), strict=True)
    ]
    lines.sort(key=lambda line: -line.last)
    start, end = track.time_range()
    peak = max(line.peak for line in lines)
    # A limit far above all lines would press them flat.
    is_near = by == "process" and value == "bytes" and limit_bytes is not None and limit_bytes <= 2 * peak
    records = mark("1 record") if len(track) == 1 else mark("{number} records")
    subtitle = [_time_range(start, end), fonts.say(records, number=f"{len(track):,}"), fonts.showable(source)]
    return Picture(
        title=fonts.say(_TITLES[by, value]),
        subtitle=" · ".join(subtitle),
        value=value,
        lines=tuple(lines),
        start=start,
        end=end,
        limit=limit_bytes if is_near else None,
    )


def _choose(track: Track, top: int) -> list[str]:
    """The `top` names, and the total where there is more than one to add up."""
    ranking = track.ranking()
    parts = [name for name in ranking if name != TOTAL_ROW]
    total = [TOTAL_ROW] if len(parts) > 1 and TOTAL_ROW in ranking else []
    return total + parts[:top]


def _line(series: Series, label: str) -> Line:
    x, y = thin(series.x, series.y, _COLUMNS)
    return Line(label, x, y, series.last, series.peak, is_total=series.name == TOTAL_ROW)


def _time_range(start: float, end: float) -> str:
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (start, end))
    clock = "%H:%M:%S" if end - start < _SHORT_SECONDS else "%H:%M"
    if start == end:
        return f"{first:%Y-%m-%d %H:%M:%S}"
    until = f"{last:{clock}}" if first.date() == last.date() else f"{last:%Y-%m-%d {clock}}"
    return f"{first:%Y-%m-%d {clock}} – {until}"
