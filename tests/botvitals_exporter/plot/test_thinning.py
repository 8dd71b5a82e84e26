import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from botvitals_exporter.plot.thinning import lone_points, thin

values = arrays(np.float64, st.integers(1, 300), elements=st.one_of(st.floats(0, 1e12), st.just(np.nan)))


def test_few_points_stay_as_they_are() -> None:
    x, y = np.arange(8.0), np.array([1, np.nan, 3, 4, 5, 6, 7, 8.0])
    assert thin(x, y, 2)[1] is y


def test_a_hundred_thousand_points_become_a_few_and_a_single_peak_and_dip_survive() -> None:
    x, y = np.arange(100_000.0), np.full(100_000, 5.0)
    y[12_345], y[54_321] = 900, 1
    thin_x, thin_y = thin(x, y, 1000)
    assert len(thin_x) <= 4 * 1001
    assert thin_y.max() == 900
    assert thin_y.min() == 1
    assert thin_x[thin_y.argmax()] == 12_345
    assert (thin_x[0], thin_x[-1]) == (0, 99_999)


def test_a_gap_that_can_be_seen_stays_and_one_below_a_pixel_closes() -> None:
    x, y = np.arange(10_000.0), np.ones(10_000)
    y[4000:6000] = np.nan
    y[100] = np.nan
    thin_x, thin_y = thin(x, y, 100)
    gaps = np.flatnonzero(np.isnan(thin_y))
    assert len(gaps) == 1
    assert (thin_x[gaps[0] - 1], thin_x[gaps[0] + 1]) == (3999, 6000)


def test_a_name_in_every_second_record_is_still_a_line() -> None:
    y = np.ones(20_000)
    y[::2] = np.nan
    assert not np.isnan(thin(np.arange(20_000.0), y, 100)[1]).any()


def test_two_runs_at_the_same_time_stay_two_lines() -> None:
    x = np.concatenate((np.arange(5000.0), [np.nan], np.arange(5000.0)))
    y = np.concatenate((np.full(5000, 1.0), [np.nan], np.full(5000, 2.0)))
    thin_y = thin(x, y, 100)[1]
    assert np.isnan(thin_y).sum() == 1
    assert set(thin_y[: np.flatnonzero(np.isnan(thin_y))[0]]) == {1.0}


@given(values, st.integers(1, 20))
def test_the_ends_and_the_extremes_always_survive(y: np.ndarray, columns: int) -> None:  # type: ignore[type-arg]
    x = np.arange(float(len(y)))
    thin_x, thin_y = thin(x, y, columns)
    there = np.isfinite(y)
    if not there.any():
        assert not np.isfinite(thin_y).any()
        return
    kept = np.isfinite(thin_y)
    assert (thin_y[kept].min(), thin_y[kept].max()) == (y[there].min(), y[there].max())
    assert (thin_x[kept][0], thin_x[kept][-1]) == (x[there][0], x[there][-1])
    assert np.isin(thin_x[kept], x[there]).all()


def test_points_that_no_line_reaches_are_known() -> None:
    nan = np.nan
    assert lone_points(np.array([1, nan, 2, 3, nan, 4.0])).tolist() == [True, False, False, False, False, True]
    assert lone_points(np.array([1.0])).tolist() == [True]
