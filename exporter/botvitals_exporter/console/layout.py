"""How blocks are laid out: rules, columns measured in terminal cells, numbers, and names made safe to show."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

WIDTH = 80
LEAST_WIDTH = 50  # below it a name would lose more than it keeps
HEADING = "bold"
WARNING = "bold yellow"
_CUT = "..."
_SMALLEST_SHOWN_BYTES = 1024**2 // 100


def rule(character: str = "=", *, width: int = WIDTH) -> Text:
    """Return a line across the block."""
    return Text(character * width, style="dim")


def join_lines(lines: Iterable[Text]) -> Text:
    """Return `lines` as one text, without a newline at its end."""
    return Text("\n").join(lines)


def megabytes(size_bytes: int) -> str:
    """Return a size as `45.82 MB`, of 1,048,576 bytes each."""
    return f"{size_bytes / 1024**2:.2f} MB"


def megabytes_more(size_bytes: int) -> Text:
    """Return a change in size as `+1.25 MB`, growth and shrinkage coloured where they show in the figures."""
    style = ""
    if abs(size_bytes) >= _SMALLEST_SHOWN_BYTES:
        style = "yellow" if size_bytes > 0 else "green"
    return Text(f"{size_bytes / 1024**2:+.2f} MB", style=style)


def printable(text: str) -> str:
    """Return `text` with what could steer a terminal (controls, escapes, bidi marks), or not be shown, spelled out."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


def shorten(text: str, cells: int) -> str:
    """Return `text` in at most `cells` cells; a longer one loses its middle, and of what stays two thirds are its end.

    So a dotted name keeps its package and its class.
    """
    if len(text) <= cells and cell_len(text) <= cells:
        return text
    room = max(cells - len(_CUT), 0)
    # By characters first: a name of nothing but combining marks takes no cells at all.
    head = text[: room // 3]
    while cell_len(head) > room // 3:
        head = head[:-1]
    tail = text[len(text) - room + len(head) :]
    while cell_len(head) + cell_len(tail) > room:
        tail = tail[1:]
    return head + _CUT + tail


def align_left(text: str, cells: int) -> str:
    """Return `text` filled up on its right to `cells` cells."""
    return text + " " * (cells - cell_len(text))


def align_right(text: str, cells: int) -> str:
    """Return `text` filled up on its left to `cells` cells."""
    return " " * (cells - cell_len(text)) + text


def column_width(cells: Iterable[str], *, least: int) -> int:
    """Return the width of a column that holds all of `cells` and is at least `least` wide."""
    return max([least, *map(cell_len, cells)])


def three_columns(
    headings: tuple[str, str, str], rows: Sequence[tuple[str, str, str]], *, width: int = WIDTH
) -> list[Text]:
    """Return a table as lines: a heading, a rule, and rows of a name on the left and two numbers on the right."""
    table = [headings, *rows]
    is_narrow = width < WIDTH  # then names need the room more than numbers do
    second = column_width((row[1] for row in table), least=0 if is_narrow else 14)
    third = column_width((f"  {row[2]}" for row in table), least=0 if is_narrow else 16)
    first = width - second - third

    def line(row: tuple[str, str, str]) -> str:
        return align_left(shorten(row[0], first - 2), first) + align_right(row[1], second) + align_right(row[2], third)

    return [Text(line(headings), style=HEADING), rule("-", width=width), *(Text(line(row)) for row in rows)]
