"""One line of a recording, decoded to the few keys that a plot needs.

Importing this needs msgspec. The keys are those of `botvitals_exporter.recorders`, and of the script before it, which
wrote `timestamp`, `iteration`, `summary` and `module_stats` alone.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec

from botvitals_exporter.plot.grouping import BOT_ROW, TOTAL_ROW, Grouping, Value

# Recordings carry local time without a zone, and so does the picture.
_EPOCH = datetime(1970, 1, 1)
_YEARS = range(1970, 2262)
_ESCAPES = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_LONE_SURROGATE_LENGTH = len(r"\ud800")

# What no memory and no count can be makes a line unusable, like any other damage. 2**63 bytes are 8 EiB.
_Amount = Annotated[float, msgspec.Meta(ge=0, le=2**63)]
_Iteration = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Row(Protocol):
    """A name and its bytes or count."""

    @property
    def name(self) -> str:
        """The type, the module or the role."""

    @property
    def value(self) -> float:
        """Bytes or a count."""


class UnusableLineError(ValueError):
    """A line that holds no record."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: local time as seconds since 1970 without a zone, and the rows of each grouping that was decoded.

    `holds` names every grouping that the line has, decoded or not.
    """

    time_seconds: float
    iteration: int | None
    rows: Mapping[Grouping, Iterable[Row]]
    limit_bytes: float | None
    holds: frozenset[Grouping]


class _TypeBytes(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="type")
    value: _Amount = msgspec.field(name="size")


class _TypeCount(msgspec.Struct, gc=False):
    name: str = msgspec.field(name="type")
    value: _Amount = msgspec.field(name="count")


class _ModuleBytes(msgspec.Struct, array_like=True, gc=False):
    name: str
    count: _Amount
    value: _Amount


class _ModuleCount(msgspec.Struct, array_like=True, gc=False):
    name: str
    value: _Amount


class _Role(msgspec.Struct, gc=False):
    role: str
    resident_memory_bytes: _Amount
    processes: _Amount = 1


class _Process(msgspec.Struct, gc=False):
    resident_memory_bytes: _Amount
    children: list[_Role] | None = None
    limit_bytes: _Amount | None = None


class _ProcessRow(msgspec.Struct, gc=False):
    name: str
    value: float


_RowType = TypeVar("_RowType")


class _Modules(msgspec.Struct, Generic[_RowType]):
    top_modules: list[_RowType]


class _Line(msgspec.Struct, kw_only=True):
    timestamp: str
    iteration: _Iteration | None = None
    process: _Process | None = None


class _TypesLine(_Line, Generic[_RowType], kw_only=True):
    summary: list[_RowType] | None = None
    module_stats: msgspec.Raw = msgspec.Raw()


class _ModulesLine(_Line, Generic[_RowType], kw_only=True):
    summary: msgspec.Raw = msgspec.Raw()
    module_stats: _Modules[_RowType] | None = None


class _ProcessLine(_Line, kw_only=True):
    summary: msgspec.Raw = msgspec.Raw()
    module_stats: msgspec.Raw = msgspec.Raw()


_LINES: Mapping[tuple[Grouping, Value], Any] = {
    ("type", "bytes"): _TypesLine[_TypeBytes],
    ("type", "count"): _TypesLine[_TypeCount],
    ("module", "bytes"): _ModulesLine[_ModuleBytes],
    ("module", "count"): _ModulesLine[_ModuleCount],
    ("process", "bytes"): _ProcessLine,
    ("process", "count"): _ProcessLine,
}


def record_decoder(by: Grouping, value: Value) -> Callable[[bytes], Record]:
    """Return what turns a line into a record with the rows of `by`, and of `process`, which are few.

    It raises UnusableLineError for a line that is damaged, or that is no record.
    """
    decode = msgspec.json.Decoder(_LINES[by, value]).decode

    def decode_record(text: bytes) -> Record:
        try:
            line = _decode_with_repair(decode, text)
            time_seconds = _seconds(line.timestamp)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            raise UnusableLineError(str(error)) from error
        return _record(line, time_seconds, value)

    return decode_record


def _record(line: Any, time_seconds: float, value: Value) -> Record:
    rows: dict[Grouping, Iterable[Row]] = {}
    if isinstance(line.summary, list):
        rows["type"] = line.summary
    if isinstance(line.module_stats, _Modules):
        rows["module"] = line.module_stats.top_modules
    if line.process is not None:
        rows["process"] = _process_rows(line.process, value)
    parts: Mapping[Grouping, object] = {"type": line.summary, "module": line.module_stats, "process": line.process}
    holds = frozenset(grouping for grouping, part in parts.items() if _is_there(part))
    if not holds:
        raise UnusableLineError("no summary, no module_stats, no process")
    limit_bytes = line.process.limit_bytes if line.process else None
    return Record(time_seconds, line.iteration, rows, limit_bytes, holds)


def _is_there(part: object) -> bool:
    return bytes(part) not in (b"", b"null") if isinstance(part, msgspec.Raw) else part is not None


def _process_rows(process: _Process, value: Value) -> Iterable[Row]:
    """Return a row a role, the bot's own and the total; without children where they could not be read."""
    bot = [] if value == "count" else [_ProcessRow(BOT_ROW, process.resident_memory_bytes)]
    if process.children is None:
        return bot
    roles = [
        _ProcessRow(child.role, child.processes if value == "count" else child.resident_memory_bytes)
        for child in process.children
    ]
    return [*roles, *bot, _ProcessRow(TOTAL_ROW, sum(row.value for row in (*roles, *bot)))]


def _seconds(timestamp: str) -> float:
    moment = datetime.fromisoformat(timestamp)
    if moment.tzinfo is not None:
        moment = moment.astimezone().replace(tzinfo=None)
    if moment.year not in _YEARS:
        raise UnusableLineError("no clock shows this year")
    return (moment - _EPOCH).total_seconds()


def _decode_with_repair(decode: Callable[[bytes], Any], text: bytes) -> Any:
    try:
        return decode(text)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decode(_repaired(text))


def _repaired(text: bytes) -> bytes:
    """Replace what is no UTF-8 and lone surrogates: a type's odd name shall not cost its whole recording."""

    def replacement(escape: re.Match[str]) -> str:
        return "�" if len(escape[0]) == _LONE_SURROGATE_LENGTH else escape[0]

    return _ESCAPES.sub(replacement, text.decode("utf-8", "replace")).encode()
