"""Censuses in a clone while children of the bot's own end at random."""

import asyncio
import sys

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_busy_bots import COUNTING
from support_clones import run_bot

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")

ASYNCIO = """
import asyncio, warnings
watcher = sys.argv[1]
if watcher:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        watcher = getattr(asyncio, watcher)()
        asyncio.set_child_watcher(watcher)
async def run(told):
    code, command = program()
    child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    out, _ = await child.communicate()
    told.append((child.pid, code, child.returncode, out))
async def main():
    if watcher and hasattr(watcher, "attach_loop"):
        watcher.attach_loop(asyncio.get_running_loop())
    told = []
    for _ in range(4):
        await asyncio.gather(*(run(told) for _ in range(15)))
    assert len(told) == len({pid for pid, *_ in told}) == 60
    assert all(code == returned and out == b"" for _pid, code, returned, out in told), told
    if watcher and hasattr(watcher, "close"):
        watcher.close()
asyncio.run(main())
end()
"""

WATCHERS = ["", *(name for name in ("SafeChildWatcher", "FastChildWatcher") if sys.version_info < (3, 12))]


@pytest.mark.parametrize("watcher", WATCHERS)
def test_asyncio_learns_the_exit_code_of_every_child(watcher: str) -> None:
    assert not watcher or hasattr(asyncio, watcher)
    assert run_bot(COUNTING + ASYNCIO, watcher) == "good\n"


WAITING_FOR_ANY = """
expected, ended = {}, {}
started = threading.Event()
def wait():
    while not (started.is_set() and len(ended) == len(expected)):
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.001)
            continue
        assert pid not in ended
        ended[pid] = os.waitstatus_to_exitcode(status)
waiter = threading.Thread(target=wait, daemon=True)
waiter.start()
for _ in range(60):
    code, command = program()
    expected[os.posix_spawn(command[0], command, {})] = code
started.set()
waiter.join(60)
assert ended == expected
end()
"""


def test_a_bot_that_waits_for_any_child_meets_its_own_alone() -> None:
    assert run_bot(COUNTING + WAITING_FOR_ANY) == "good\n"


HANDLER = """
signals = []
signal.signal(signal.SIGCHLD, lambda *_: signals.append(1))
at_least(5)
assert not signals, signals
for number in range(1, 21):
    code, command = program()
    assert subprocess.run(command).returncode == code
    deadline = time.monotonic() + 60
    while len(signals) < number and time.monotonic() < deadline:
        time.sleep(0.001)
at_least(len(censuses) + 5)
assert len(signals) == 20, len(signals)
end()
"""


def test_a_handler_of_sigchld_runs_once_for_each_of_the_bots_children() -> None:
    assert run_bot(COUNTING + HANDLER) == "good\n"


IGNORED = """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(20):
    code, command = program()
    pid = os.posix_spawn(command[0], command, {})
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        continue
    raise SystemExit("the kernel left a child to be waited for")
end()
"""


def test_a_bot_that_ignores_its_childrens_end_is_counted_and_stays_rid_of_them() -> None:
    assert run_bot(COUNTING + IGNORED) == "good\n"


REAPER_OF_ALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
reaped = []
def reap():
    while counter.is_alive():
        if (pid := libc.waitpid(-1, None, 0x40000000)) > 0:  # __WALL: children without an exit signal, too
            reaped.append(pid)
reaper = threading.Thread(target=reap, daemon=True)
reaper.start()
at_least(20)
end()
reaper.join(60)
print(bool(reaped))
"""


def test_a_bot_that_reaps_the_copy_itself_is_counted_all_the_same() -> None:
    assert run_bot(COUNTING + REAPER_OF_ALL).startswith("good\n")
