"""Writing a picture whole or not at all."""

import contextlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botvitals.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The ending says the format. These tell what made the file, and leave out when and where.
_METADATA: dict[str, dict[str, str | None]] = {
    ".png": {"Software": f"botvitals {__version__}"},
    ".svg": {"Creator": f"botvitals {__version__}", "Date": None},
    ".pdf": {"Creator": f"botvitals {__version__}", "Producer": None, "CreationDate": None},
}
ENDINGS = tuple(_METADATA)


def save(figure: "Figure", output: Path, dpi: int) -> None:
    """Write `figure` as its ending says. Raises OSError, and then leaves what was there before as it was."""
    ending = output.suffix.lower()
    # Through a link the file behind it is replaced, not the link.
    target = Path(os.path.realpath(output))
    beside = target.with_name(f".botvitals-{os.getpid()}{ending}")
    try:
        with beside.open("wb") as file, _without_font_warnings():
            figure.savefig(file, format=ending[1:], dpi=dpi, metadata=_METADATA[ending])
        beside.replace(target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


@contextmanager
def _without_font_warnings() -> Iterator[None]:
    """Keep matplotlib from saying that a Chinese font comes in one weight only: we know, and it looks well."""
    logger = logging.getLogger("matplotlib.font_manager")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
