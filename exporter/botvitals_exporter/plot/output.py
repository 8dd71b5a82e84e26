"""Writing a picture whole or not at all, and saying why a file does not serve."""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from botvitals.language import gettext as _
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


def reason_of(error: OSError) -> str:
    """Return why a file cannot be read or written, in the language in use where it is one of the usual reasons."""
    match error:
        case FileNotFoundError():
            return _("there is no such file or folder")
        case IsADirectoryError():
            return _("it is a folder")
        case PermissionError():
            return _("that is not permitted")
        case _:
            return error.strerror or str(error)


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
