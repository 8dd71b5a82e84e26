"""Which function of a script's is called, when, and what happens where there is none."""

import signal
import sys
from pathlib import Path

import pytest

from support_launched import run, run_both, signalled, write

CALLED = {
    "main": "def main(): print('ran')",
    "main_async before main": "def main(): print('wrong')\nasync def main_async(): print('ran')",
    "an async main": "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    print('ran')",
    "a main that returns an awaitable": """
        import asyncio
        class Later:
            def __await__(self):
                yield from asyncio.sleep(0).__await__()
                print('ran')
        def main(): return Later()
        """,
    "a decorated main": """
        import functools
        def twice_careful(function):
            @functools.wraps(function)
            def call(): return function()
            return call
        @twice_careful
        async def main(): print('ran')
        """,
    "an imported main": "from helper import main",
    "an imported main of another name": "from helper import start as main",
    "a callable object": "class App:\n    def __call__(self): print('ran')\nmain = App()",
    "a partial": "import functools\nmain = functools.partial(print, 'ran')",
    "a bound method": "class App:\n    def run(self): print('ran')\nmain = App().run",
    "default arguments": "def main(word='ran', *words, **options): print(word)",
    "main where main_async takes arguments": "async def main_async(bot): print('wrong')\ndef main(): print('ran')",
    "main after an event loop of the set-up": """
        import asyncio
        async def set_up(): pass
        asyncio.run(set_up())
        async def main_async(): print('ran')
        """,
    "main that a function uses which nobody called": "def again(): main()\ndef main(): print('ran')",
    "main under a condition that was false": "import sys\ndef main(): print('ran')\nif len(sys.argv) > 5: main()",
    "main that was passed around but not called": "def keep(f): return f\ndef main(): print('ran')\nkeep(main)",
    "a number called main_async": "main_async = 5\ndef main(): print('ran')",
}

HAS_CALLED = {
    "main": "def main(): print('ran')\nmain()",
    "main by asyncio.run": "import asyncio\nasync def main(): print('ran')\nasyncio.run(main())",
    "main_async, with a main that is not": """
        import asyncio
        def main(): print('wrong')
        async def main_async(): print('ran')
        asyncio.run(main_async())
        """,
    "main_async through main": """
        import asyncio
        async def main_async(): print('ran')
        def main(): asyncio.run(main_async())
        main()
        """,
    "main through a helper": """
        import asyncio
        async def main_async(): print('ran')
        def start(): asyncio.run(main_async())
        start()
        """,
    "main late in a loop": """
        import asyncio
        async def boot():
            await asyncio.sleep(0.01)
            await main_async()
        async def main_async(): print('ran')
        asyncio.run(boot())
        """,
    "main as a task": """
        import asyncio
        async def main_async():
            print('ran')
            loop.stop()
        loop = asyncio.new_event_loop()
        task = loop.create_task(main_async())
        loop.run_forever()
        loop.close()
        """,
    "an imported main": "from helper import main\nmain()",
    "an imported main by asyncio.run": "import asyncio\nfrom helper import main_async\nasyncio.run(main_async())",
    "an imported main of another name": "from helper import start as main\nmain()",
    "an imported main on the same line": "import helper; main = helper.start; main()",
    "an imported main through a helper": "from helper import start as main\ndef go(): main()\ngo()",
    "a decorated main": """
        def opaque(function):
            return lambda: function()
        @opaque
        def main(): print('ran')
        main()
        """,
    "main by its decorator": "def at_once(f): f()\n@at_once\ndef main(): print('ran')",
    "a callable object": "class App:\n    def __call__(self): print('ran')\nmain = App()\nmain()",
    "a partial of C code": "import functools\nmain = functools.partial(print, 'ran')\nmain()",
    "a bound method": "class App:\n    def run(self): print('ran')\nmain = App().run\nmain()",
    "main under a condition that was true": "import sys\ndef main(): print('ran')\nif len(sys.argv) == 1: main()",
    "main in a thread": """
        import threading
        def main(): print('ran')
        thread = threading.Thread(target=main)
        thread.start()
        thread.join()
        """,
    "main whose Ctrl+C is caught": """
        def main():
            print('ran')
            raise KeyboardInterrupt
        try:
            main()
        except KeyboardInterrupt:
            pass
        """,
}

HELPER = """
async def main_async(): print('ran')
def main(): print('ran')
def start(): print('ran')
"""


@pytest.mark.parametrize("script", CALLED.values(), ids=CALLED.keys())
def test_the_entry_point_is_called(tmp_path: Path, script: str) -> None:
    write(tmp_path, bot=script, helper=HELPER)
    ended = run(tmp_path, "bot.py")
    assert (ended.out, ended.err, ended.code) == ("ran\n", "", 0)


@pytest.mark.parametrize("script", HAS_CALLED.values(), ids=HAS_CALLED.keys())
def test_an_entry_point_that_the_script_has_called_is_not_called_again(tmp_path: Path, script: str) -> None:
    write(tmp_path, bot=script, helper=HELPER)
    ended = run(tmp_path, "bot.py")
    assert (ended.out, ended.err, ended.code) == ("ran\n", "", 0)


GUARDS = {
    "plain": "if __name__ == '__main__': main()",
    "the other way round": "if '__main__' == __name__: main()",
    "with and": "if __name__ == '__main__' and True: main()",
    "with or": "if False or __name__ == '__main__': main()",
    "in an if": "if True:\n    if __name__ == '__main__': main()",
    "in a try": "try:\n    if __name__ == '__main__': main()\nfinally: pass",
    "in an else": "if False: pass\nelse:\n    if __name__ == '__main__': main()",
    "in parentheses with not": "if not (__name__ != '__main__'): main()",
    "among several names": "if __name__ in ('__main__', '__mp_main__'): main()",
    "as an expression": "__name__ == '__main__' and main()",
}


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS.keys())
def test_a_script_with_a_guard_runs_as_main(tmp_path: Path, guard: str) -> None:
    write(tmp_path, bot=f"def main(): print('ran as', __name__)\n{guard}")
    ours, pythons = run_both(tmp_path, "bot.py")
    assert ours == pythons
    assert ours.out == "ran as __main__\n"


def test_a_guard_inside_a_function_is_none(tmp_path: Path) -> None:
    write(tmp_path, bot="def main():\n    print(__name__)\n    if __name__ == '__main__': pass")
    assert run(tmp_path, "bot.py").out == "bot\n"


def test_a_script_without_a_guard_is_the_module_it_is_named_after(tmp_path: Path) -> None:
    write(
        tmp_path,
        bot="""
        import pickle, sys
        class Point: pass
        import helper
        def main():
            helper.look()
            print(__name__, __file__ == sys.modules['__main__'].__file__, __spec__.name, type(pickle.loads(
                pickle.dumps(Point()))) is Point, sys.modules['__main__'].Point is Point)
        """,
        helper="def look():\n    import bot\n    print('same', bot.main.__module__)",
    )
    assert run(tmp_path, "bot.py").out == "same bot\nbot True bot True True\n"


@pytest.mark.parametrize("stem", ["json", "time", "bot.v2", "bot-2", "pack"])
def test_a_script_whose_name_means_something_else_stands_in_nobodys_way(tmp_path: Path, stem: str) -> None:
    (tmp_path / "pack").mkdir()
    write(tmp_path / "pack", __init__="", inner="print('inside the package')")
    (tmp_path / f"{stem}.py").write_text("import pack.inner, time\ndef main(): print(__name__, time.time() > 0)\n")
    assert run(tmp_path, f"{stem}.py").out == "inside the package\n__main__ True\n"


def test_what_main_returns_is_no_exit_code(tmp_path: Path) -> None:
    write(tmp_path, bot="def main(): return 3")
    assert run(tmp_path, "bot.py").code == 0


def test_an_exception_in_main_shows_the_bots_frames_alone(tmp_path: Path) -> None:
    write(tmp_path, bot="async def inner(): 1 / 0\nasync def main_async():\n    await inner()")
    ended = run(tmp_path, "bot.py")
    assert ended.code == 1
    assert "botvitals" not in ended.err
    assert ended.err.count("bot.py") == 2
    assert ended.err.endswith("ZeroDivisionError: division by zero\n")


def test_ctrl_c_in_an_awaited_main_ends_by_the_signal_and_lets_it_clean_up(tmp_path: Path) -> None:
    write(
        tmp_path,
        bot="""
        import asyncio
        async def main_async():
            print('up')
            try:
                await asyncio.sleep(60)
            finally:
                print('cleaned up')
        """,
    )
    ended = signalled(tmp_path, "bot.py", number=signal.SIGINT)
    assert (ended.out, ended.code) == ("cleaned up\n", -signal.SIGINT)
    assert "botvitals" not in ended.err


def test_the_last_loop_of_the_top_level_ends_a_script_without_main(tmp_path: Path) -> None:
    write(
        tmp_path,
        bot="""
        import asyncio
        class Client:
            async def start(self): print('ran')
            def run(self): asyncio.run(self.start())
        Client().run()
        """,
    )
    ended = run(tmp_path, "bot.py")
    assert (ended.out, ended.err, ended.code) == ("ran\n", "", 0)


def test_uvloop_ends_a_script_without_main_too(tmp_path: Path) -> None:
    pytest.importorskip("uvloop")
    write(tmp_path, bot="import uvloop\nasync def serve(): print('ran')\nuvloop.run(serve())")
    ended = run(tmp_path, "bot.py")
    assert (ended.out, ended.err, ended.code) == ("ran\n", "", 0)


NOTHING_TO_CALL = "said: bot.py has no main_async() or main() function\nsaid: Counting goes on until Ctrl+C\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "script",
    {
        "nothing else": "print('up')",
        "a thread that ends": "import threading\nthreading.Thread(target=print, args=['up']).start()",
        "a thread that never ends": """
            import threading, time
            threading.Thread(target=time.sleep, args=[60]).start()
            print('up')
            """,
        "a handler that does not raise": """
            import signal
            for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, lambda *_: None)
            print('up')
            """,
        "a loop in another thread": """
            import asyncio, threading
            async def serve(): print('up')
            threading.Thread(target=asyncio.run, args=[serve()]).start()
            """,
    }.values(),
)
def test_a_script_with_nothing_to_call_stays_until_a_signal(
    tmp_path: Path, script: str, number: signal.Signals
) -> None:
    # The say of the driver is what the test waits for: only then is the wait on.
    write(tmp_path, bot=script)
    ended = signalled(tmp_path, "bot.py", number=number, after="Counting goes on")
    assert (ended.err, ended.code) == (NOTHING_TO_CALL, 0)


def test_main_that_wants_arguments_is_said_and_not_called(tmp_path: Path) -> None:
    write(tmp_path, bot="def main(bot): print('wrong')")
    ended = signalled(tmp_path, "bot.py", number=signal.SIGTERM, after="Counting goes on")
    assert ended.err.startswith("said: bot.py: main() takes arguments, so it was not called\n")
    assert ended.out == ""


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="needs fork")
def test_a_child_forked_while_waiting_has_its_own_sigterm_and_does_not_end_the_wait(tmp_path: Path) -> None:
    write(
        tmp_path,
        bot="""
        import os, signal, sys, threading, time
        def work():
            while signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                time.sleep(0.001)
            reader, writer = os.pipe()
            child = os.fork()
            if not child:
                os.write(writer, b'up')
                time.sleep(20)
                os._exit(0)
            os.read(reader, 2)
            os.kill(child, signal.SIGTERM)
            print(os.waitpid(child, 0)[1] == signal.SIGTERM)
            time.sleep(0.05)
            print("still there", file=sys.stderr)
        threading.Thread(target=work).start()
        """,
    )
    ended = signalled(tmp_path, "bot.py", number=signal.SIGTERM, after="still there")
    assert (ended.out, ended.code) == ("True\n", 0)
