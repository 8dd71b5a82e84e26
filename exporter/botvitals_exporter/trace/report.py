"""Reading recordings of spans, whatever state their lines are in."""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from botvitals.language import gettext as _
from botvitals_exporter.plot.lines import read_lines, what_is_wrong
from botvitals_exporter.plot.output import reason_of
from botvitals_exporter.trace.averages import Averages, OperationAverage
from botvitals_exporter.trace.slowest import Key, Slowest, Trace
from botvitals_exporter.trace.spans import Span, UnusableLineError, decode_spans
from botvitals_exporter.trace.tree import Row, rows_of

Advance = Callable[[int], None]


class TraceError(Exception):
    """There is nothing to show; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Slow:
    """One of the slowest: the rows of its trace, and how many spans of the trace were too many to keep."""

    rows: Sequence[Row]
    left_out: int


@dataclass(frozen=True, slots=True)
class Report:
    """What the recordings say: the slowest, longest first, the averages by name, and what is wrong with the files."""

    slowest: Sequence[Slow]
    averages: Mapping[str, OperationAverage]
    problems: Sequence[str]


def read_report(paths: Sequence[Path], top: int, operation: str | None, advance: Advance) -> Report:
    """Return the `top` slowest operations with their traces, and the averages of all, or of those named `operation`.

    Every file is read twice, and its bytes told to `advance`: first for the averages and for which are the slowest,
    then for these ones' traces, whose spans may stand anywhere. Raises TraceError where there is no operation.
    """
    with ExitStack() as stack:
        return _read(_readable_twice(paths, stack), top, operation, advance)


def _read(files: Mapping[Path, Path], top: int, operation: str | None, advance: Advance) -> Report:
    averages, slowest, problems = Averages(), Slowest(top), []
    names: set[str] = set()
    for path, file in files.items():
        usable = left_out = 0
        try:
            for line in _lines(file, advance):
                spans = _decoded(line)
                usable += spans is not None
                left_out += spans is None
                for span in spans or ():
                    if span.is_operation:
                        names.add(span.name)
                        _take(span, operation, averages, slowest)
        except OSError as error:
            problems.append(_("cannot read {path}: {reason}").format(path=path, reason=reason_of(error)))
        else:
            if problem := what_is_wrong(path, usable, left_out):
                problems.append(problem)
    by_name = averages.by_name()
    if not by_name:
        raise TraceError(_nothing(problems, names, operation))
    return Report(_whole(slowest.ranking(), files.values(), advance), by_name, problems)


def _take(span: Span, operation: str | None, averages: Averages, slowest: Slowest) -> None:
    if operation is not None and span.name != operation:
        return
    averages.add(span)
    # An abandoned one lasted an hour because nobody ended it: it says nothing about slowness.
    if span.outcome != "abandoned":
        slowest.add((span.trace_id, span.span_id if operation else ""), span.duration_ns)


def _whole(keys: Sequence[Key], files: Iterable[Path], advance: Advance) -> list[Slow]:
    traces: dict[str, Trace] = defaultdict(Trace)
    wanted = {trace_id: trace_id.encode() for trace_id, _span_id in keys}
    for file in files:
        try:
            for line in _lines(file, advance):
                # Most lines have none of them, which is quickly seen.
                if line is None or not any(trace_id in line for trace_id in wanted.values()):
                    continue
                for span in _decoded(line) or ():
                    if span.trace_id in wanted:
                        traces[span.trace_id].add(span)
        except OSError:
            continue  # said when it was read for the first time
    found = [Slow(rows_of(traces[key[0]].spans, key[1]), traces[key[0]].left_out) for key in keys]
    return [slow for slow in found if slow.rows]


def _readable_twice(paths: Iterable[Path], stack: ExitStack) -> dict[Path, Path]:
    """Return each path once with the file to read for it: for a pipe a copy, which lasts as long as `stack`."""
    files = {path: path for path in paths}
    for path in files:
        if path.is_fifo():
            copy = stack.enter_context(NamedTemporaryFile(prefix="botvitals-"))  # noqa: SIM115 - the stack closes it
            with path.open("rb") as pipe:
                shutil.copyfileobj(pipe, copy)
            copy.flush()
            files[path] = Path(copy.name)
    return files


def _lines(path: Path, advance: Advance) -> Iterator[bytes | None]:
    before = 0
    for position, line in read_lines(path):
        advance(position - before)
        before = position
        yield line


def _decoded(line: bytes | None) -> list[Span] | None:
    try:
        return None if line is None else decode_spans(line)
    except UnusableLineError:
        return None


def _nothing(problems: Sequence[str], names: set[str], operation: str | None) -> str:
    if problems and not names:
        return "; ".join(problems)
    if names and operation is not None:
        text = _("no operation is named {name}; there are: {names}")
        return text.format(name=operation, names=", ".join(sorted(names)[:20]))
    return _("no operation is recorded: none of the spans is from a timer of botvitals")
