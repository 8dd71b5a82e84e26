"""Whether a script's top level calls its `main_async()` or `main()` itself: decided by what happens."""

import functools
import inspect
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType, FunctionType, MethodType, TracebackType
from typing import Any, Self

from botvitals_exporter.launcher.entry_point import ENTRY_POINTS

# Python 3.11 can only be asked about every call there is: after so long the answer has cost enough.
_PATIENCE_SECONDS = 60.0
_CLOCK_EVERY = 4096


class CallWatch:
    """Entered around a script's top level, tells afterwards whether an entry point was `called` meanwhile.

    An entry point is a function of that name in the script's code `top_level`, or whatever `namespace` binds to the
    name. It counts as called when its code starts to run, on whichever thread. `called` is None where that cannot be
    seen.
    Watching ends with the first call; until then Python 3.12 and later pay nothing for it.
    """

    def __init__(self, top_level: CodeType, namespace: Mapping[str, Any]) -> None:
        self.called: bool | None = False
        self._namespace = namespace
        self._bound: tuple[object, object] = (None, None)
        # By identity: codes compare by value, and two equal ones need not be the same function's.
        self._codes = {
            id(constant): constant
            for constant in top_level.co_consts
            if isinstance(constant, CodeType) and constant.co_name in ENTRY_POINTS
        }
        self._watcher = _Watcher(self, top_level)

    def __enter__(self) -> Self:
        if not self._watcher.start():
            self.called = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watcher.stop()
        if self.called is False and any(map(_hides_its_code, map(self._namespace.get, ENTRY_POINTS))):
            self.called = None

    def is_entry_point(self, code: CodeType) -> bool:
        """Tell whether `code` is an entry point's, as the names are bound now."""
        return id(code) in self.codes()

    def codes(self) -> Mapping[int, CodeType]:
        """Return the codes of the entry points, as the names are bound now, by their ids."""
        bound = (self._namespace.get("main_async"), self._namespace.get("main"))
        # By identity: the bot's own __eq__ must not run.
        if bound[0] is not self._bound[0] or bound[1] is not self._bound[1]:
            self._bound = bound
            self._codes.update((id(code), code) for value in bound for code in _codes_of(value))
        return self._codes

    def note_call(self) -> None:
        """An entry point has been called: there is nothing left to watch for."""
        self.called = True
        self._watcher.stop()

    def give_up(self) -> None:
        """Stop watching without an answer."""
        self.called = None
        self._watcher.stop()


if sys.version_info >= (3, 12):
    _monitoring = sys.monitoring
    _EVENTS = _monitoring.events

    class _Watcher:
        """Watches by local events: on the entry points' own codes, and once on each call that the top level makes.

        A name can be bound late, by an import or an assignment. The first call that the top level makes after that,
        which may be the very call of the entry point, is when its code is looked up.
        """

        def __init__(self, watch: CallWatch, top_level: CodeType) -> None:
            self._watch = watch
            self._top_level = top_level
            self._tool: int | None = None
            self._watched: dict[int, CodeType] = {}

        def start(self) -> bool:
            # 3 and 4 are the ids that sys.monitoring keeps for no kind of tool.
            self._tool = next((tool for tool in (4, 3) if _monitoring.get_tool(tool) is None), None)
            if self._tool is None:
                return False
            _monitoring.use_tool_id(self._tool, "botvitals")
            _monitoring.register_callback(self._tool, _EVENTS.PY_START, self._on_start)
            _monitoring.register_callback(self._tool, _EVENTS.CALL, self._on_call)
            _monitoring.set_local_events(self._tool, self._top_level, _EVENTS.CALL)
            self._watch_codes()
            return True

        def stop(self) -> None:
            tool, self._tool = self._tool, None
            if tool is None:
                return
            for code in (self._top_level, *self._watched.values()):
                _monitoring.set_local_events(tool, code, _EVENTS.NO_EVENTS)
            _monitoring.register_callback(tool, _EVENTS.PY_START, None)
            _monitoring.register_callback(tool, _EVENTS.CALL, None)
            _monitoring.free_tool_id(tool)

        def _watch_codes(self) -> None:
            for key, code in self._watch.codes().items():
                if key not in self._watched and self._tool is not None:
                    self._watched[key] = code
                    _monitoring.set_local_events(self._tool, code, _EVENTS.PY_START)

        def _on_start(self, _code: CodeType, _offset: int) -> object:
            self._watch.note_call()
            return None

        def _on_call(self, _code: CodeType, _offset: int, _callable: object, _first: object) -> object:
            self._watch_codes()
            return _monitoring.DISABLE

else:

    class _Watcher:
        """Watches by a profile function, on this thread and those that it starts; one that is there already stays."""

        def __init__(self, watch: CallWatch, _top_level: CodeType) -> None:
            self._watch = watch
            self._give_up_at = 0.0
            self._calls = 0
            self._is_over = False
            self._profile = self._see

        def start(self) -> bool:
            if sys.getprofile() is not None or threading.getprofile() is not None:
                return False
            self._give_up_at = time.monotonic() + _PATIENCE_SECONDS
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)
            return True

        def stop(self) -> None:
            self._is_over = True
            if threading.getprofile() is self._profile:
                threading.setprofile(None)
            self._leave_this_thread()

        def _leave_this_thread(self) -> None:
            if sys.getprofile() is self._profile:
                sys.setprofile(None)

        def _see(self, frame: FrameType, event: str, _argument: object) -> None:
            # Called for each call and return there is, of C functions too: most are to leave by this line.
            if event != "call":
                return
            self._calls += 1
            if self._is_over:
                self._leave_this_thread()
            elif self._watch.is_entry_point(frame.f_code):
                self._watch.note_call()
            elif self._calls % _CLOCK_EVERY == 0 and time.monotonic() > self._give_up_at:
                self._watch.give_up()


def _hides_its_code(value: object) -> bool:
    return callable(value) and next(_codes_of(value), None) is None


def _codes_of(value: object) -> Iterator[CodeType]:
    """Yield the codes that run when `value` is called: its own, and those of what it wraps."""
    for _depth in range(10):
        if value is None:
            return
        if isinstance(value, functools.partial):
            value = value.func
        elif isinstance(value, MethodType):
            value = value.__func__
        else:
            called = value if isinstance(value, FunctionType) else inspect.getattr_static(type(value), "__call__", None)
            if isinstance(called, FunctionType):
                yield called.__code__
            value = inspect.getattr_static(value, "__wrapped__", None)
