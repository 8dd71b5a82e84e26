"""The numbers of many records, kept small: a column a name, without the records in which it is absent."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from botvitals_exporter.plot.grouping import REST_ROW
from botvitals_exporter.plot.records import Row
from botvitals_exporter.plot.thinning import Points

# A program that makes a class for each message has no end of types, and so must we have.
MOST_NAMES = 20_000


class _Column:
    """What one name had: `values[i]` in record `records[i]`."""

    __slots__ = ("records", "values")

    def __init__(self) -> None:
        self.records = array("I")
        self.values = array("d")

    def points(self) -> tuple[NDArray[np.uint32], Points]:
        """Return records and values; of rows that share name and record the sum, for two types can share a name."""
        records = np.frombuffer(self.records, dtype=np.uint32)
        values = np.frombuffer(self.values)
        first = np.flatnonzero(np.concatenate(([True], records[1:] != records[:-1])))
        if len(first) == len(records):
            return records, values
        return records[first], np.add.reduceat(values, first)


@dataclass(frozen=True, slots=True)
class Series:
    """A name over time: `x` is local time in seconds since 1970 without a zone, NaN in `y` (and `x`) is a gap."""

    name: str
    x: Points
    y: Points

    @property
    def peak(self) -> float:
        """The most it ever had."""
        return float(np.nanmax(self.y))

    @property
    def last(self) -> float:
        """What it had when it was last seen."""
        return float(self.y[np.isfinite(self.y)][-1])


class Track:
    """One grouping's numbers from many files.

    Records of a file come in its order. A run of the bot ends where the iteration does not go up, the clock goes
    back, or the file ends; the next file goes on with it where its iterations do.
    """

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        self._times = array("d")
        self._iterations = array("q")
        self._files = array("I")
        self._columns: dict[str, _Column] = {}
        self._most_names = most_names

    def __len__(self) -> int:
        return len(self._times)

    def add(self, file: int, time_seconds: float, iteration: int | None, rows: Iterable[Row]) -> None:
        """Add a record of the file with that number; an `iteration` of None is unknown."""
        record = len(self._times)
        self._times.append(time_seconds)
        self._iterations.append(-1 if iteration is None else iteration)
        self._files.append(file)
        columns = self._columns
        for row in rows:
            column = columns.get(row.name)
            if column is None:
                column = columns[row.name] = _Column()
            column.records.append(record)
            column.values.append(row.value)
        if len(columns) > self._most_names:
            self._forget_small()

    def time_range(self) -> tuple[float, float]:
        """Return the first and the last moment."""
        return min(self._times), max(self._times)

    def ranking(self) -> list[str]:
        """Return the names, the one that reached the most first; the recorder's row for the rest is left out."""
        peaks = {name: float(column.points()[1].max()) for name, column in self._columns.items() if name != REST_ROW}
        return sorted(peaks, key=lambda name: (-peaks[name], name))

    def series(self, names: Iterable[str]) -> Iterator[Series]:
        """Yield the line of each name, runs in the order of time with a gap between them."""
        layout = self._layout()
        # The extra NaN at the end is what the gaps in the layout, index -1, point to.
        x = np.append(np.frombuffer(self._times), np.nan)[layout]
        for name in names:
            records, values = self._columns[name].points()
            y = np.full(len(self) + 1, np.nan)
            y[records] = values
            yield Series(name, x, y[layout])

    def _layout(self) -> NDArray[np.int64]:
        """Return the records in drawing order, -1 between runs."""
        times, iterations = np.frombuffer(self._times), np.frombuffer(self._iterations, dtype=np.int64)
        files = np.frombuffer(self._files, dtype=np.uint32)
        is_restart = (np.diff(iterations) <= 0) & (iterations[1:] >= 0) & (iterations[:-1] >= 0)
        begins = np.flatnonzero(is_restart | (np.diff(times) < 0) | (np.diff(files) != 0)) + 1
        runs = np.split(np.arange(len(times)), begins)
        runs.sort(key=lambda run: float(times[run[0]]))
        pieces: list[NDArray[np.int64]] = [runs[0]]
        gap = np.array([-1])
        for before, run in pairwise(runs):
            last, first = before[-1], run[0]
            goes_on = 0 <= iterations[last] == iterations[first] - 1 and times[first] >= times[last]
            pieces += [run] if goes_on and files[first] != files[last] else [gap, run]
        return np.concatenate(pieces)

    def _forget_small(self) -> None:
        """Drop the half of the names that were the smallest: none of them is near the top."""
        by_peak = sorted(self._columns, key=lambda name: max(self._columns[name].values), reverse=True)
        for name in by_peak[self._most_names // 2 :]:
            del self._columns[name]
