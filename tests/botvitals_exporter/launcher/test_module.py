"""A package or module runs as `python -m` runs it."""

import signal
import sys
from pathlib import Path

import pytest

from support_launched import run, run_both, signalled, write

BODY = """
import sys
from . import helper
print(__name__, __package__, __file__, __spec__.name, sys.argv, sys.path[0], helper.__name__)
print(sorted(name for name in globals() if name.startswith("__")))
{end}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "mybot"
    (folder / "below").mkdir(parents=True)
    (tmp_path / "no_main").mkdir()
    (tmp_path / "namespace").mkdir()
    write(
        folder,
        __init__="import sys; print('package sees', sys.argv)",
        __main__=BODY.format(end="sys.exit(4)"),
        inner=BODY.format(end="1 / 0"),
        helper="",
        broken="import nowhere_to_be_found",
    )
    write(folder / "below", __init__="raise RuntimeError('in the package')", __main__="")
    write(tmp_path / "no_main", __init__="")
    write(tmp_path / "namespace", inner="print(__name__)")
    write(tmp_path, alone="def main(): print('never called')\nprint(__name__)")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        *("mybot", "mybot.inner", "mybot.broken", "mybot.below", "mybot.nowhere"),
        *("no_main", "namespace", "namespace.inner", "alone", "alone.py"),
        *("nowhere", "nowhere.at_all", ".relative"),
    ],
)
def test_it_ends_as_under_python(package: Path, name: str) -> None:
    ours, pythons = run_both(package, "-m", name, "-x", "3")
    assert ours == pythons


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_by_the_signal(package: Path, number: signal.Signals) -> None:
    write(package, alone="import time\nprint('up')\ntime.sleep(60)")
    assert signalled(package, "-m", "alone", number=number).code == -number


@pytest.mark.skipif(sys.platform == "win32", reason="the name of the method is enough elsewhere")
def test_a_spawned_child_finds_the_module(package: Path) -> None:
    write(
        package,
        alone="""
        import multiprocessing
        def work(number): return number + 1
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(work, [1]))
        """,
    )
    assert run(package, "-m", "alone").out == "2\n"
