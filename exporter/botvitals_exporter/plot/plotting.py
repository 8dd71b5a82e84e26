"""From recordings to a picture."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botvitals.language import gettext as _
from botvitals.language import mark
from botvitals_exporter.extras import MissingExtraError
from botvitals_exporter.plot.grouping import Grouping, Value
from botvitals_exporter.plot.lines import size_bytes
from botvitals_exporter.plot.output import ENDINGS, reason_of, save
from botvitals_exporter.plot.progress import reading_progress

if TYPE_CHECKING:
    from botvitals_exporter.plot.fonts import Fonts
    from botvitals_exporter.plot.recordings import Recordings

# matplotlib brings numpy along; without the extra it is numpy that is missed first.
_NEEDED = ("msgspec", "matplotlib", "numpy")


class PlotError(Exception):
    """No picture can be made; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class PlotResult:
    """The picture that was written, what its lines stand for, how many they are, of how many records.

    `left_out` counts the lines of the recordings that could not be read.
    """

    output: Path
    by: Grouping
    lines: int
    records: int
    left_out: int


def plot_recordings(
    paths: Sequence[Path],
    *,
    output: Path,
    top: int = 10,
    by: Grouping | None = None,
    value: Value = "bytes",
    report: Callable[[str], None],
) -> PlotResult:
    """Draw the `top` types, modules or processes of recordings, merged by time, into `output` (PNG, SVG or PDF).

    `by` is `type` where there are types, else `process`. `report` gets a line for each file that is missing or damaged
    where the others still make a picture. Raises PlotError where nothing is left to draw or `output` cannot be written,
    MissingExtraError without matplotlib or msgspec, ValueError for a `top` below 1 or another ending.
    """
    if top < 1:
        raise ValueError("top must be at least 1")
    if output.suffix.lower() not in ENDINGS:
        raise ValueError(f"the picture's name must end in {', '.join(ENDINGS)}")
    if output.is_dir() or not output.parent.is_dir():
        reason = _("it is a folder") if output.is_dir() else _("there is no such file or folder")
        raise PlotError(_unwritable(output, reason))
    try:
        from botvitals_exporter.plot.figure import DPI, draw
        from botvitals_exporter.plot.fonts import Fonts, quiet_font_search
        from botvitals_exporter.plot.picture import compose
        from botvitals_exporter.plot.recordings import read_recordings
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _NEEDED:
            raise MissingExtraError(package, "plot") from error
        raise

    with reading_progress(sum(map(size_bytes, paths)), sys.stderr) as advance:
        recordings = read_recordings(paths, by or "type", value, advance)
    drawn_by = by or ("type" if "type" in recordings.tracks else "process")
    fonts = Fonts()
    track = recordings.tracks.get(drawn_by)
    with quiet_font_search():
        picture = track and compose(track, drawn_by, value, top, _source(paths, fonts), recordings.limit_bytes, fonts)
        if not track or not picture:
            raise PlotError(_nothing_to_draw(recordings, drawn_by))
        for problem in recordings.problems:
            report(problem)
        try:
            save(draw(picture, fonts), output, DPI)
        except OSError as error:
            raise PlotError(_unwritable(output, reason_of(error))) from error
    return PlotResult(output, drawn_by, len(picture.lines), len(track), recordings.left_out)


def _source(paths: Sequence[Path], fonts: "Fonts") -> str:
    if len(paths) == 1:
        return paths[0].name
    return fonts.say(mark("{number} files"), number=len(paths))


def _nothing_to_draw(recordings: "Recordings", by: Grouping) -> str:
    if recordings.problems:
        return "; ".join(recordings.problems)
    others = sorted(recordings.holds - {by})
    if others:
        text = _("nothing is recorded by {by}; try --by {others}")
        return text.format(by=by, others=" / ".join(others))
    return _("nothing to draw is recorded")


def _unwritable(output: Path, reason: str) -> str:
    return _("cannot write {path}: {reason}").format(path=output, reason=reason)
