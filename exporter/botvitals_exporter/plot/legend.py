"""The table beside the lines: which line is what, its last and its highest value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

ROW_INCHES = 0.245
_SWATCH_INCHES = 0.34
_GAP_INCHES = 0.22

Style = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line's style, its name, and its numbers as they are shown."""

    style: Style
    label: str
    numbers: Sequence[str]


class Legend:
    """A table of `rows` under `headings`, one a column of numbers, with `footer` below; its width is known at once."""

    def __init__(
        self, figure: Figure, headings: Sequence[str], rows: Sequence[Row], footer: str, text: Style, quiet: Style
    ) -> None:
        self._figure = figure
        self._rows = rows
        self._labels = [self._write(row.label, text, ha="left") for row in rows]
        self._headings = [self._write(heading, quiet, ha="right") for heading in headings]
        columns = zip(*(row.numbers for row in rows), strict=True)
        self._numbers = [[self._write(number, text, ha="right") for number in column] for column in columns]
        self._footer = self._write(footer, quiet, ha="left")
        self._label_inches = self._widest([*self._labels, self._footer])
        self._number_inches = [
            self._widest([heading, *column]) for heading, column in zip(self._headings, self._numbers, strict=True)
        ]
        self.width_inches = _SWATCH_INCHES + self._label_inches + sum(n + _GAP_INCHES for n in self._number_inches)

    def place(self, left_inches: float, top_inches: float) -> None:
        """Put the table's upper left corner there, measured from the figure's lower left one."""
        label_left = left_inches + _SWATCH_INCHES
        rights = []
        right = label_left + self._label_inches
        for width in self._number_inches:
            right += _GAP_INCHES + width
            rights.append(right)
        for heading, x in zip(self._headings, rights, strict=True):
            heading.set_position((x, top_inches - ROW_INCHES / 2))
        for index, (row, label) in enumerate(zip(self._rows, self._labels, strict=True)):
            y = top_inches - ROW_INCHES * (index + 1.6)
            label.set_position((label_left, y))
            for column, x in zip(self._numbers, rights, strict=True):
                column[index].set_position((x, y))
            end = left_inches + _SWATCH_INCHES - 0.1
            swatch = Line2D([left_inches, (left_inches + end) / 2, end], [y, y, y], markevery=[1], **row.style)
            swatch.set_transform(self._figure.dpi_scale_trans)
            self._figure.add_artist(swatch)
        self._footer.set_position((label_left, top_inches - ROW_INCHES * (len(self._rows) + 1.6)))

    def _write(self, words: str, style: Style, ha: str) -> Text:
        return self._figure.text(
            0, 0, words, ha=ha, va="center", parse_math=False, transform=self._figure.dpi_scale_trans, **style
        )

    def _widest(self, texts: Sequence[Text]) -> float:
        renderer = FigureCanvasAgg(self._figure).get_renderer()  # type: ignore[no-untyped-call]  # matplotlib's gap
        return max(text.get_window_extent(renderer).width for text in texts) / self._figure.dpi
