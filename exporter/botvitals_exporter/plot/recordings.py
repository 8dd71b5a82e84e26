"""Reading recordings into tracks, whatever state their lines are in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from botvitals.language import gettext as _
from botvitals_exporter.plot.grouping import Grouping, Value
from botvitals_exporter.plot.lines import read_lines, what_is_wrong
from botvitals_exporter.plot.output import reason_of
from botvitals_exporter.plot.records import Record, UnusableLineError, record_decoder
from botvitals_exporter.plot.tracks import Track


@dataclass(slots=True)
class Recordings:
    """What the files held: a track for each grouping that was read, and every grouping that could have been.

    `problems` has a line for a person for each file that is missing, empty or damaged, `left_out` the number of lines
    that no record could be made of. `limit_bytes` is the last memory limit recorded.
    """

    tracks: dict[Grouping, Track] = field(default_factory=dict)
    holds: set[Grouping] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    left_out: int = 0
    limit_bytes: float | None = None

    def add(self, file: int, record: Record) -> None:
        """Add a record of the file with that number."""
        for grouping, rows in record.rows.items():
            track = self.tracks.get(grouping) or self.tracks.setdefault(grouping, Track())
            track.add(file, record.time_seconds, record.iteration, rows)
        self.holds |= record.holds
        self.limit_bytes = record.limit_bytes or self.limit_bytes


def read_recordings(paths: Sequence[Path], by: Grouping, value: Value, advance: Callable[[int], None]) -> Recordings:
    """Return the numbers of `by`, and of `process`, in all files; `advance` gets how many bytes more were read."""
    recordings = Recordings()
    for number, path in enumerate(paths):
        usable = left_out = 0
        try:
            for record in _records(path, by, value, advance):
                if record is None:
                    left_out += 1
                else:
                    usable += 1
                    recordings.add(number, record)
        except OSError as error:
            text = _("cannot read {path}: {reason}")
            recordings.problems.append(text.format(path=path, reason=reason_of(error)))
        else:
            if problem := what_is_wrong(path, usable, left_out):
                recordings.problems.append(problem)
        recordings.left_out += left_out
    return recordings


def _records(path: Path, by: Grouping, value: Value, advance: Callable[[int], None]) -> Iterator[Record | None]:
    """Yield the records of a file, None for each line that holds none."""
    decode = record_decoder(by, value)
    before = 0
    for position, line in read_lines(path):
        advance(position - before)
        before = position
        try:
            yield None if line is None else decode(line)
        except UnusableLineError:
            yield None
