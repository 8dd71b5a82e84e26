"""Running a bot's script in this very process: its top level, and then its `main_async()` or `main()`."""

import ast
import importlib.util
import io
import os
import pkgutil
import runpy
import sys
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import cast

from botvitals.language import gettext as _
from botvitals_exporter.launcher.call_watch import CallWatch
from botvitals_exporter.launcher.entry_point import (
    call_entry_point,
    find_entry_point,
    has_main_guard,
    name_taking_arguments,
    names_entry_point,
)
from botvitals_exporter.launcher.event_loop_watch import EventLoopWatch
from botvitals_exporter.launcher.main_module import execute, new_main, set_arguments, set_first_on_path
from botvitals_exporter.launcher.traceback_trim import BotTraceback
from botvitals_exporter.launcher.until_stopped import wait_until_stopped

Say = Callable[[str], object]


def run_script(
    script: str | os.PathLike[str], arguments: Sequence[str], *, say: Say, event_loops: EventLoopWatch
) -> None:
    """Run `script` as `python SCRIPT` does, with `arguments` after `sys.argv[0]`; without a guard, its entry point too.

    Call it on the main thread as the last thing that the program does. It returns where the bot ends by itself; what
    the bot raises goes on upwards, to leave the interpreter with Python's own exit code and traceback. `say` is told,
    one line at a time, where there is nothing to call; it must not raise.
    """
    with BotTraceback():
        given = os.fspath(script)
        # As Python makes it: absolute, else as it was given.
        path = os.path.join(os.getcwd(), given)  # noqa: PTH109, PTH118 - Path would take "./" and "//" out
        set_arguments(given, arguments)
        if pkgutil.get_importer(path) is not None:
            _run_archive(path)
        elif given.endswith(".pyc"):
            _run_compiled(path)
        else:
            _run_source(path, say, event_loops)


def _run_archive(path: str) -> None:
    set_first_on_path(path)
    new_main(__package__=None)
    # What `python bot.pyz` itself calls.
    runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined] # private, and Python's very code for it


def _run_compiled(path: str) -> None:
    set_first_on_path(_folder_of(path))
    loader = SourcelessFileLoader("__main__", path)
    code = loader.get_code("__main__")
    main = new_main(__package__=None, __loader__=loader, __file__=path, __cached__=None)
    if code is not None:
        execute(code, main)


def _run_source(path: str, say: Say, event_loops: EventLoopWatch) -> None:
    set_first_on_path(_folder_of(path))
    with io.open_code(path) as file:
        # As ast.parse does, without a frame of its own in the traceback of a SyntaxError.
        tree = cast(ast.Module, compile(file.read(), path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True))
    code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    if has_main_guard(tree):
        execute(code, _main_from(path))
    else:
        _run_without_guard(path, tree, code, say, event_loops)


def _run_without_guard(path: str, tree: ast.Module, code: CodeType, say: Say, event_loops: EventLoopWatch) -> None:
    module = _module_named_after(path)
    ended_loops: list[int] = []

    def note_end(loop: AbstractEventLoop | None) -> None:
        if loop is None and threading.current_thread() is threading.main_thread():
            ended_loops[:] = [1]

    event_loops.install()
    unsubscribe = event_loops.subscribe(note_end)
    has_called = _run_top_level(tree, code, module)
    unsubscribe()
    entry_point = find_entry_point(module.__dict__)
    if has_called or (has_called is None and entry_point is not None):
        return
    if entry_point is not None:
        call_entry_point(entry_point)
    elif not ended_loops:
        wait_until_stopped(partial(_say_what_is_missing, Path(path).name, module, say))


def _run_top_level(tree: ast.Module, code: CodeType, module: ModuleType) -> bool | None:
    """Run the script's top level and tell whether it called an entry point, None where that cannot be said."""
    if not names_entry_point(tree):
        execute(code, module)
        return False
    with CallWatch(code, module.__dict__) as watch:
        execute(code, module)
    return watch.called


def _say_what_is_missing(script: str, module: ModuleType, say: Say) -> None:
    taking_arguments = name_taking_arguments(module.__dict__)
    if taking_arguments is None:
        say(_("{script} has no main_async() or main() function").format(script=script))
    else:
        say(_("{script}: {name}() takes arguments, so it was not called").format(script=script, name=taking_arguments))
    say(_("Counting goes on until Ctrl+C"))


def _module_named_after(path: str) -> ModuleType:
    """Return the module that `import STEM` would make of the script, known under that name and as `__main__`.

    As `__main__` too, because pickles and tools look there. Where the import would find something else (`bot.py` beside
    a package `bot`, a script `json.py`) or nothing (`bot.v2.py`), the script is `__main__` alone and in nobody's way.
    """
    name = Path(path).stem
    # Of the standard library only a part is imported by now, and our own threads may be the next to ask for more.
    is_free = name.isidentifier() and name not in sys.stdlib_module_names
    spec = _spec_found(name) if is_free else None
    if spec is None or not spec.has_location or not spec.origin or not Path(path).samefile(spec.origin):
        return _main_from(path)
    module = importlib.util.module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = sys.modules["__main__"] = module
    return module


def _spec_found(name: str) -> ModuleSpec | None:
    with suppress(ImportError, AttributeError, ValueError):
        return importlib.util.find_spec(name)
    return None


def _main_from(path: str) -> ModuleType:
    return new_main(__package__=None, __loader__=SourceFileLoader("__main__", path), __file__=path, __cached__=None)


def _folder_of(path: str) -> str:
    # On Windows Python follows no links here (_PyPathConfig_ComputeSysPath0).
    return str(Path(path).absolute().parent if sys.platform == "win32" else Path(path).resolve().parent)
