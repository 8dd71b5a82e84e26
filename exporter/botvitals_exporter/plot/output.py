"""Writing a picture whole or not at all."""

import contextlib
import os
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
        with beside.open("wb") as file:
            figure.savefig(file, format=ending[1:], dpi=dpi, metadata=_METADATA[ending])
        beside.replace(target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
