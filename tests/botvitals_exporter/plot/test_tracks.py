from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from botvitals_exporter.plot.tracks import Track


@dataclass
class Row:
    name: str
    value: float


def add(track: Track, time: float, sizes: Mapping[str, float], *, iteration: int | None = None, file: int = 0) -> None:
    track.add(file, time, iteration, [Row(*item) for item in sizes.items()])


def drawn(track: Track, name: str) -> list[tuple[float, float] | None]:
    """The points of a line, None where it is broken."""
    (series,) = track.series([name])
    points = zip(series.x.tolist(), series.y.tolist(), strict=True)
    return [None if np.isnan(y) else (x, y) for x, y in points]


def test_names_rank_by_the_most_they_reached_and_other_takes_no_part() -> None:
    track = Track()
    add(track, 1, {"early": 900, "flat": 500, "other": 9000})
    add(track, 2, {"early": 1, "flat": 500, "late": 700})
    assert track.ranking() == ["early", "late", "flat"]


def test_a_name_absent_from_a_record_leaves_a_gap() -> None:
    track = Track()
    for time, sizes in enumerate([{"a": 1.0}, {}, {"a": 3.0}]):
        add(track, time, sizes)
    assert drawn(track, "a") == [(0, 1), None, (2, 3)]


def test_rows_of_one_name_in_one_record_are_added_up() -> None:
    track = Track()
    track.add(0, 1.0, 1, [Row("a", 1), Row("b", 5), Row("a", 2)])
    add(track, 2, {"a": 7}, iteration=2)
    assert drawn(track, "a") == [(1, 3), (2, 7)]
    assert track.ranking() == ["a", "b"]


def test_a_restart_of_the_bot_leaves_a_gap() -> None:
    track = Track()
    for time, iteration in enumerate([1, 2, 1, 2]):
        add(track, time, {"a": time}, iteration=iteration)
    assert drawn(track, "a") == [(0, 0), (1, 1), None, (2, 2), (3, 3)]


def test_a_clock_set_back_leaves_a_gap_and_runs_come_in_the_order_of_time() -> None:
    track = Track()
    for time, iteration in [(100, 1), (110, 2), (50, 3), (60, 4)]:
        add(track, time, {"a": 1}, iteration=iteration)
    assert drawn(track, "a") == [(50, 1), (60, 1), None, (100, 1), (110, 1)]


def test_files_are_merged_by_time_and_one_run_in_two_files_is_one_line() -> None:
    track = Track()
    add(track, 30, {"a": 3}, iteration=3, file=0)
    add(track, 10, {"a": 1}, iteration=1, file=1)
    add(track, 20, {"a": 2}, iteration=2, file=1)
    assert drawn(track, "a") == [(10, 1), (20, 2), (30, 3)]


def test_files_of_two_runs_have_a_gap_between_them() -> None:
    track = Track()
    add(track, 10, {"a": 1}, iteration=1, file=0)
    add(track, 20, {"a": 2}, iteration=1, file=1)
    add(track, 30, {"a": 3}, file=2)
    add(track, 40, {"a": 4}, iteration=0, file=3)
    assert drawn(track, "a") == [(10, 1), None, (20, 2), None, (30, 3), None, (40, 4)]


def test_names_without_end_are_forgotten_the_small_ones_first() -> None:
    track = Track(most_names=100)
    for time in range(1000):
        add(track, time, {"leak": 1000.0 + time, f"class_{time}": 1.0})
    assert track.ranking()[0] == "leak"
    assert len(track.ranking()) <= 100
    assert len(drawn(track, "leak")) == 1000


def test_last_is_what_was_seen_last_and_peak_the_most() -> None:
    track = Track()
    for time, sizes in enumerate([{"a": 1.0}, {"a": 9.0}, {"a": 4.0}, {}]):
        add(track, time, sizes)
    (series,) = track.series(["a"])
    values: NDArray[np.float64] = series.y
    assert (series.last, series.peak, len(values)) == (4, 9, 4)
