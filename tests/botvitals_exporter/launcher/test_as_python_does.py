"""A bot ends as it does under Python: output, traceback, exit code and signal."""

import signal
import sys
from pathlib import Path

import pytest

from support_launched import run, run_both, signalled, start, write

GUARD = '\nif __name__ == "__main__":\n    main()\n'

ENDS = {
    "an exit code": "import sys; print('on stdout'); sys.exit(3)",
    "an exit with a text": "import sys; sys.exit('gone wrong')",
    "an exit with None": "import sys; sys.exit()",
    "an uncaught exception": "def main():\n    1 / 0\n" + GUARD,
    "an uncaught exception without a guard": "def work():\n    1 / 0\nwork()\n",
    "a chain of exceptions": """
def inner():
    raise KeyError("inner")
def main():
    try:
        inner()
    except KeyError as error:
        try:
            raise ValueError("between")
        except ValueError:
            raise RuntimeError("outer") from error
"""
    + GUARD,
    "an exception group with a note": """
def main():
    error = ExceptionGroup("several", [ValueError(1), TypeError(2)])
    error.add_note("a note")
    raise error
"""
    + GUARD,
    "EOF on a prompt": "def main():\n    input('name? ')\n    input('again? ')\n" + GUARD,
    "a KeyboardInterrupt raised": "def main():\n    raise KeyboardInterrupt\n" + GUARD,
    "a broken pipe": "def main():\n    raise BrokenPipeError(32, 'Broken pipe')\n" + GUARD,
    "a syntax error": "print('never')\nx = (1,\ny = 2\n",
    "a syntax error of the compiler": "def main():\n    pass\nreturn 1\n",
    "a syntax error in what it imports": "def main():\n    import broken\n" + GUARD,
    "an import that fails": "import nowhere_to_be_found\n",
    "an exception in a coroutine": """
import asyncio
async def main_async():
    await asyncio.sleep(0)
    raise RuntimeError("in the loop")
if __name__ == "__main__":
    asyncio.run(main_async())
""",
    "an exception at the top level's asyncio.run": """
import asyncio
async def main_async():
    raise RuntimeError("in the loop")
asyncio.run(main_async())
""",
    "an exception in a thread": """
import threading
def work():
    raise RuntimeError("in a thread")
if __name__ == "__main__":
    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()
""",
    "a thread that outlives the top level": """
import threading, time
VALUE = "still there"
def work():
    time.sleep(0.05)
    import __main__
    print(VALUE, __main__.VALUE)
if __name__ == "__main__":
    threading.Thread(target=work).start()
""",
    "an exception in atexit": """
import atexit
VALUE = "kept"
def at_end():
    print(VALUE)
    raise RuntimeError("at the end")
if __name__ == "__main__":
    atexit.register(at_end)
""",
    "an excepthook of its own": """
import sys, traceback
def hook(kind, error, tb):
    print("hook:", kind.__name__, error, [frame.name for frame in traceback.extract_tb(tb)], tb is error.__traceback__)
    print(sys.excepthook is hook)
def main():
    sys.excepthook = hook
    raise ValueError("for the hook")
"""
    + GUARD,
    "an excepthook that fails": """
import sys
def hook(kind, error, tb):
    raise LookupError("the hook's own")
def main():
    sys.excepthook = hook
    raise ValueError("for the hook")
"""
    + GUARD,
    "an excepthook that exits": """
import sys
def main():
    sys.excepthook = lambda *_: sys.exit(7)
    raise ValueError("for the hook")
"""
    + GUARD,
    "what pdb.pm looks at": """
import atexit, sys, traceback
def main():
    atexit.register(lambda: print([frame.name for frame in traceback.extract_tb(sys.last_traceback)]))
    raise ValueError("last")
"""
    + GUARD,
    "what the interpreter set up": """
import sys
def main():
    print(sys.argv, __file__, sys.path[0], sys.modules["__main__"].__dict__ is globals())
    print({name: type(value) if name in ("__builtins__", "__loader__") else value
           for name, value in sorted(globals().items()) if name.startswith("__")})
"""
    + GUARD,
    "a pickle of its own class": """
import dataclasses, inspect, pickle
@dataclasses.dataclass
class Point:
    x: "int"
def main():
    text = pickle.dumps(Point(3))
    print(text, pickle.loads(text), inspect.getsource(Point), inspect.getmodule(Point))
"""
    + GUARD,
    "a warning for developers": "import warnings\ndef main():\n    warnings.warn('old', DeprecationWarning)\n" + GUARD,
    "a coding cookie": "# -*- coding: utf-8 -*-\nprint('你好')\nif __name__ == '__main__': pass\n",
    "annotations": """
from __future__ import annotations
x: Nowhere = 1
if __name__ == '__main__':
    print(__annotations__)
""",
}


@pytest.mark.parametrize("script", ENDS.values(), ids=ENDS.keys())
def test_a_script_ends_as_under_python(tmp_path: Path, script: str) -> None:
    write(tmp_path, bot=script, broken="def f(:\n    pass\n")
    ours, pythons = run_both(tmp_path, "bot.py", "-i", "3", stdin="Ann\n")
    assert ours == pythons


@pytest.mark.parametrize("spelling", ["./bot.py", ".//bot.py", "sub/../bot.py", "link.py", "sub/deep.py"])
def test_paths_read_as_under_python(tmp_path: Path, spelling: str) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path, bot="import sys\nif __name__ == '__main__': print(sys.argv, __file__, sys.path[0])\n1 / 0")
    write(tmp_path / "sub", deep="import sys, beside\nprint(sys.argv, __file__, sys.path[0])\n1 / 0", beside="")
    (tmp_path / "link.py").symlink_to("sub/deep.py")
    ours, pythons = run_both(tmp_path, spelling)
    assert ours == pythons


WAITING = {
    "a sleep": "import time\nif __name__ == '__main__':\n    print('up')\n    time.sleep(60)\n",
    "an event loop": """
import asyncio
async def main_async():
    print('up')
    await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main_async())
""",
    "a handler of its own": """
import signal, sys, time
def stop(number, frame):
    print("stopping on", number)
    sys.exit(5)
if __name__ == "__main__":
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    print('up')
    time.sleep(60)
""",
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("script", WAITING.values(), ids=WAITING.keys())
def test_a_signal_ends_a_script_as_under_python(tmp_path: Path, script: str, number: signal.Signals) -> None:
    write(tmp_path, bot=script)
    ours = signalled(tmp_path, "bot.py", number=number)
    pythons = signalled(tmp_path, "bot.py", number=number, by_us=False)
    # In which line the signal finds the script is chance.
    assert (ours.code, ours.out, ours.err[-18:]) == (pythons.code, pythons.out, pythons.err[-18:])
    assert "botvitals" not in ours.err
    assert ours.code == (5 if "stopping" in ours.out else -number)


def test_a_reader_that_goes_away_ends_a_script_as_under_python(tmp_path: Path) -> None:
    write(tmp_path, bot="def main():\n    print('one')\n    input()\n    print('two')\n" + GUARD)
    ends = []
    for by_us in (True, False):
        bot = start(tmp_path, "bot.py", by_us=by_us)
        with bot:
            assert bot.stdout is not None
            assert bot.stdin is not None
            assert bot.stderr is not None
            bot.stdout.readline()
            bot.stdout.close()
            bot.stdin.write("\n")
            bot.stdin.close()
            ends.append((bot.stderr.read(), bot.wait(30)))
    assert ends[0] == ends[1]
    assert "BrokenPipeError" in ends[0][0]


MULTIPROCESSING = """
import multiprocessing, os, sys
print("top level", __name__, flush=True)
class Point:
    x = 1
def work(point):
    return point.x + 1, sys.argv
if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.apply(work, [Point()]))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows spawn alone")
def test_child_processes_of_multiprocessing_find_the_script(tmp_path: Path, method: str) -> None:
    write(tmp_path, bot=MULTIPROCESSING)
    ours, pythons = run_both(tmp_path, "bot.py", method)
    assert ours == pythons
    assert "(2, " in ours.out


def test_a_spawned_child_finds_a_script_that_was_loaded_as_a_module(tmp_path: Path) -> None:
    write(
        tmp_path,
        bot="""
        import multiprocessing, sys
        def work(number):
            return number + 1, __name__
        def main():
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(work, [1]))
        """,
    )
    assert run(tmp_path, "bot.py").out == "(2, 'bot')\n"


def test_a_script_leaves_no_cache_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, bot="def main(): print('ran')")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert run(tmp_path, "bot.py").out == "ran\n"
    assert [path.name for path in tmp_path.iterdir()] == ["bot.py"]


def test_a_compiled_script_runs_as_under_python(tmp_path: Path) -> None:
    import py_compile

    write(tmp_path, bot="import sys\nprint(__name__, __file__, sys.argv)\n1 / 0")
    py_compile.compile(str(tmp_path / "bot.py"), str(tmp_path / "bot.pyc"))
    ours, pythons = run_both(tmp_path, "bot.pyc", "x")
    assert ours == pythons


def test_an_archive_runs_as_under_python(tmp_path: Path) -> None:
    import zipapp

    source = tmp_path / "source"
    source.mkdir()
    write(source, __main__="import sys, helper\nprint(__name__, __file__, sys.argv, sys.path[0])\n1 / 0", helper="")
    zipapp.create_archive(source, tmp_path / "bot.pyz")
    ours, pythons = run_both(tmp_path, "bot.pyz", "x")
    assert ours == pythons
