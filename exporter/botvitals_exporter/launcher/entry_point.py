"""A script's entry point: whether it has its own `__main__` block, and its `main_async()` or `main()`."""

import ast
import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

ENTRY_POINTS = ("main_async", "main")

EntryPoint = Callable[[], object]


def has_main_guard(script: ast.Module) -> bool:
    """Tell whether the script's top level compares `__name__` with `"__main__"`, in whatever form and way round."""
    return any(isinstance(node, ast.Compare) and _asks_for_main(node) for node in _top_level(script))


def names_entry_point(script: ast.Module) -> bool:
    """Tell whether the script could call an entry point itself: it uses the name somewhere, or decorates its function.

    Where it does neither, only somebody else can have called it.
    """
    return any(
        (isinstance(node, ast.Name) and node.id in ENTRY_POINTS and isinstance(node.ctx, ast.Load))
        or (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name in ENTRY_POINTS
            and bool(node.decorator_list)
        )
        for node in ast.walk(script)
    )


def find_entry_point(namespace: Mapping[str, Any]) -> EntryPoint | None:
    """Return the first of `main_async` and `main` that is there and can be called without arguments."""
    candidates = (namespace.get(name) for name in ENTRY_POINTS)
    return next((candidate for candidate in candidates if callable(candidate) and _takes_nothing(candidate)), None)


def name_taking_arguments(namespace: Mapping[str, Any]) -> str | None:
    """Return the name of an entry point that cannot be called because it wants arguments, if there is one."""
    return next(
        (name for name in ENTRY_POINTS if callable(namespace.get(name)) and not _takes_nothing(namespace[name])), None
    )


def call_entry_point(entry_point: EntryPoint) -> None:
    """Call `entry_point` and, where it returns an awaitable, run that by `asyncio.run`.

    What it returns in the end is no exit code: `sys.exit(main())` is a line of its own in a script that means it.
    """
    outcome = entry_point()
    if inspect.iscoroutine(outcome):
        asyncio.run(outcome)
    elif inspect.isawaitable(outcome):
        asyncio.run(_wait_for(outcome))


async def _wait_for(awaitable: Awaitable[object]) -> None:
    await awaitable


def _takes_nothing(candidate: Callable[..., object]) -> bool:
    try:
        inspect.signature(candidate).bind()
    except TypeError:
        return False
    except ValueError:  # a function written in C may not tell: the call will
        return True
    return True


def _top_level(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _top_level(child)


def _asks_for_main(comparison: ast.Compare) -> bool:
    sides = [comparison.left, *comparison.comparators]
    has_name = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    # walk: `__name__ in ("__main__", "__mp_main__")` is one too
    return has_name and any(
        isinstance(part, ast.Constant) and part.value == "__main__" for side in sides for part in ast.walk(side)
    )
