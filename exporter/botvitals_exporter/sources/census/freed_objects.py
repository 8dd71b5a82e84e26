"""Where following references would lead to objects that are freed already."""

import sys


def has_freed_referents(version: tuple[int, ...] = sys.version_info[:3]) -> bool:
    """Return whether following references in that version of Python frees objects a second time.

    From Python 3.12.0 to 3.12.5 asyncio's C module counts its freed iterators among its referents. Whoever holds one
    for a moment frees it anew, and the next garbage collection hangs or crashes the bot:
    https://github.com/python/cpython/issues/122695.
    """
    return (3, 12) <= version < (3, 12, 6)


def module_that_leads_to_freed_objects(version: tuple[int, ...] = sys.version_info[:3]) -> object | None:
    """Return the loaded module whose referents must not be asked for, None where there is none.

    All else that the module refers to its namespace holds, too.
    """
    return sys.modules.get("_asyncio") if has_freed_referents(version) else None
