"""Leaving out the points that a picture has no room for."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def thin(x: Points, y: Points, columns: int) -> tuple[Points, Points]:
    """Return the points that `columns` pixels show: of each pixel the first, the last, the lowest and the highest.

    So peaks of a single point survive. NaN in `y` is a gap; gaps narrower than a pixel close. Up to four points a
    column are returned as they are.
    """
    if len(x) <= 4 * columns:
        return x, y
    there = np.flatnonzero(np.isfinite(y))
    if not len(there):
        return x[:0], y[:0]
    x, y = x[there], y[there]
    column = np.floor((x - x.min()) / max(float(np.ptp(x)), 1e-9) * columns)
    step = np.abs(np.diff(column))
    has_gap_after = (np.diff(there) > 1) & (step > 1)
    begins = np.concatenate(([True], (step > 0) | has_gap_after))
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(x)) - 1
    # Sorted by column, then by value, each column's lowest stands first and its highest last.
    by_value = np.lexsort((y, np.cumsum(begins)))
    kept = np.unique(np.concatenate((first, last, by_value[first], by_value[last])))
    gaps = np.searchsorted(kept, np.flatnonzero(has_gap_after) + 1)
    return np.insert(x[kept], gaps, np.nan), np.insert(y[kept], gaps, np.nan)


def lone_points(y: Points) -> NDArray[np.bool_]:
    """Return which points have a gap or an end on both sides: no line leads to them, so they need a marker."""
    there = np.isfinite(y)
    framed = np.concatenate(([False], there, [False]))
    return there & ~framed[:-2] & ~framed[2:]
