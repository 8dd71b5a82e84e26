from collections.abc import Iterable, Mapping
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from botvitals_exporter.plot.figure import draw
from botvitals_exporter.plot.fonts import Fonts, quiet_font_search
from botvitals_exporter.plot.grouping import BOT_ROW, TOTAL_ROW
from botvitals_exporter.plot.picture import Picture, compose
from botvitals_exporter.plot.tracks import Track
from support_language import speaking
from support_recordings import MB

GB = 1024 * MB


class LatinFonts(Fonts):
    """A machine without a Chinese font."""

    @cached_property
    def families(self) -> list[str]:
        return ["DejaVu Sans"]


def track_of(records: Iterable[Mapping[str, float]], *, step: float = 10) -> Track:
    track = Track()
    for number, sizes in enumerate(records):
        rows = [SimpleNamespace(name=name, value=value) for name, value in sizes.items()]
        track.add(0, 1_795_000_000 + number * step, number + 1, rows)
    return track


def picture_of(track: Track, **options: object) -> Picture:
    asked = {"by": "type", "value": "bytes", "top": 10, "source": "a.jsonl", "limit_bytes": None, "fonts": Fonts()}
    with quiet_font_search():
        picture = compose(track, **{**asked, **options})  # type: ignore[arg-type]  # tests name a few
    assert picture is not None
    return picture


def figure_of(picture: Picture) -> Figure:
    with quiet_font_search():
        return draw(picture, Fonts())


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_lines_stand_in_the_legend_as_they_lie_at_the_end() -> None:
    picture = picture_of(track_of([{"fallen": 9 * MB, "risen": MB}, {"fallen": MB, "risen": 5 * MB}]))
    assert [line.label for line in picture.lines] == ["risen", "fallen"]
    assert {"risen", "5.00 MB", "fallen", "1.00 MB", "9.00 MB", "last", "peak", "MB"} <= set(words(figure_of(picture)))


def test_the_title_says_what_it_is_and_the_line_below_of_when_and_whence() -> None:
    picture = picture_of(track_of([{"a": 1.0}] * 3, step=3600))
    assert picture.title == "Memory by type"
    assert picture.subtitle == "2026-11-18 11:06 – 13:06 · 3 records · a.jsonl"
    assert {picture.title, picture.subtitle} <= set(words(figure_of(picture)))


def test_a_single_record_is_a_marker_at_its_second() -> None:
    picture = picture_of(track_of([{"a": MB}]))
    assert picture.subtitle == "2026-11-18 11:06:40 · 1 record · a.jsonl"
    (axes,) = figure_of(picture).axes
    assert [line.get_marker() for line in axes.lines if line.get_marker() not in ("", "None")] == ["o"]


@pytest.mark.parametrize(("peak", "unit"), [(900.0, "KB"), (90.0 * MB, "MB"), (3.0 * GB, "GB")])
def test_the_unit_follows_from_the_data(peak: float, unit: str) -> None:
    figure = figure_of(picture_of(track_of([{"a": 0.0}, {"a": peak}])))
    assert unit in words(figure)
    top = figure.axes[0].get_ylim()[1]
    assert peak / 1024**2 / {"KB": 1 / 1024, "MB": 1, "GB": 1024}[unit] == pytest.approx(top / 1.06)


def test_seconds_on_the_time_axis_keep_their_hours_and_minutes() -> None:
    figure = figure_of(picture_of(track_of([{"dict": MB}, {"dict": MB}], step=90)))
    figure.canvas.draw()
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert len(ticks) >= 3
    assert {tick.count(":") for tick in ticks} == {2}


def test_a_gap_is_a_gap_and_the_axis_begins_at_zero() -> None:
    (axes,) = figure_of(picture_of(track_of([{"a": MB, "b": MB}, {"b": MB}, {"a": 2 * MB, "b": MB}]))).axes
    a = axes.lines[0].get_ydata()
    assert np.isnan(np.asarray(a, float)).tolist() == [False, True, False]
    assert axes.get_ylim()[0] == 0


def test_twenty_lines_differ_in_colour_or_marker_and_so_do_their_rows() -> None:
    track = track_of([{f"type{number}": MB * (number + 1) for number in range(20)}] * 50)
    (axes,) = figure_of(picture_of(track, top=20)).axes
    assert len({(line.get_color(), line.get_marker()) for line in axes.lines}) == 20


def test_more_lines_than_a_legend_can_hold_are_counted_below_it() -> None:
    track = track_of([{f"type{number}": MB * (number + 1) for number in range(100)}] * 2)
    assert "and 60 more below" in words(figure_of(picture_of(track, top=100)))


def test_the_legend_stands_beside_the_lines_and_inside_the_picture() -> None:
    track = track_of([{f"a_package_name.module.VeryLongClassName{number}": 5e17 for number in range(10)}] * 2)
    figure = figure_of(picture_of(track, value="count"))
    lines_end = figure.axes[0].get_position().x1 * figure.bbox.width
    for text in figure.texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1
        if text.get_text().startswith("a_package"):
            assert box.x0 > lines_end


def test_the_total_stands_above_the_bot_and_its_children() -> None:
    track = track_of([{BOT_ROW: MB, "chromadb": 2 * MB, TOTAL_ROW: 3 * MB}] * 2)
    picture = picture_of(track, by="process", top=1)
    assert [line.label for line in picture.lines] == ["bot and children", "chromadb"]
    assert picture.title == "Memory by process (RSS)"


def test_a_bot_without_children_has_no_total() -> None:
    picture = picture_of(track_of([{BOT_ROW: MB, TOTAL_ROW: MB}] * 2), by="process")
    assert [line.label for line in picture.lines] == ["bot"]


@pytest.mark.parametrize(("limit", "is_drawn"), [(150 * MB, True), (64 * GB, False)])
def test_the_limit_is_drawn_where_it_is_near_enough_to_matter(limit: int, is_drawn: bool) -> None:
    picture = picture_of(track_of([{BOT_ROW: 100 * MB}] * 2), by="process", limit_bytes=limit)
    assert ("memory limit 150 MB" in words(figure_of(picture))) is is_drawn


def test_chinese_is_said_where_a_font_has_it_and_english_elsewhere() -> None:
    track = track_of([{"机器人": MB}] * 2)
    with speaking("zh"):
        latin = picture_of(track, fonts=LatinFonts())
        chinese = picture_of(track)
    assert latin.title == "Memory by type"
    assert latin.lines[0].label == "???"
    if len(Fonts().families) > 1:
        assert chinese.title == "各类型内存占用"
        assert chinese.lines[0].label == "机器人"


def test_a_name_is_never_taken_for_mathematics() -> None:
    figure = figure_of(picture_of(track_of([{"bot.$x_1$": MB}] * 2)))
    text = next(text for text in figure.texts if text.get_text() == "bot.$x_1$")
    assert not text.get_parse_math()
