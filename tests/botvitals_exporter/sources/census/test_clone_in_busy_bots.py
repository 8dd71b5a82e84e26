"""Censuses in a clone, one after the other, while the bot does what has broken forks of it before."""

import asyncio
import sys

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_clones import run_bot

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")

# The bot counts itself in a thread of its own from here on, until `done`; `censuses` are their numbers of objects.
COUNTING = """
import os, signal, subprocess, sys, threading, time
from random import Random
class Own:
    pass
heap = [Own() for _ in range(3000)]
done = threading.Event()
censuses = []
def count():
    while not done.is_set():
        tally = snapshot.count()
        censuses.append(next(row.objects for row in tally.types if row.name == "__main__.Own"))
counter = threading.Thread(target=count, daemon=True)
counter.start()
idle = [threading.Thread(target=done.wait, daemon=True) for _ in range(50)]
for thread in idle:
    thread.start()
random = Random(1)
def program():
    code = random.randrange(1, 120)
    return code, ["/bin/sh", "-c", f"sleep 0.0{random.randrange(10)}; exit {code}"]
def at_least(number):
    deadline = time.monotonic() + 60
    while len(censuses) < number:
        assert time.monotonic() < deadline and counter.is_alive(), "the censuses hang"
        time.sleep(0.01)
def end():
    at_least(len(censuses) + 6)
    done.set()
    for thread in (counter, *idle):
        thread.join(60)
        assert not thread.is_alive()
    assert len(censuses) > 5 and set(censuses) == {len(heap)}, censuses
    print("good")
"""

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


LOCKED_LOGGING = """
import ctypes, logging
ran = []
os.register_at_fork(
    before=lambda: ran.append("before"), after_in_parent=lambda: ran.append("parent"),
    after_in_child=lambda: ran.append("child"),
)
hook = ctypes.CFUNCTYPE(None)(lambda: ran.append("of the C library"))
register = ctypes.CDLL(None).__getattr__("__register_atfork")
assert register(hook, hook, hook, None) == 0
handler = logging.StreamHandler()
with logging._lock:
    handler.acquire()
    at_least(len(censuses) + 10)
    handler.release()
assert ran == [], ran
end()
os._exit(0) if sys.stdout.flush() is None else None  # the hooks of the C library would outlive what they call
"""


def test_a_bot_that_holds_the_logging_lock_is_counted_and_no_at_fork_hook_runs() -> None:
    assert run_bot(COUNTING + LOCKED_LOGGING) == "good\n"


# malloc_trim holds the lock of malloc's one arena for as long as it takes to look through a heap full of holes.
BUSY_ALLOCATOR = """
import ctypes, hashlib, zlib
libc = ctypes.CDLL(None)
sys.setswitchinterval(0.0005)
holes = [bytearray(9000) for _ in range(4000)]
del holes[::2]
data = random.randbytes(1 << 20)
def work(step):
    while not done.is_set():
        step()
steps = (
    lambda: libc.malloc_trim(0), lambda: libc.malloc_trim(0), lambda: zlib.decompress(zlib.compress(data, 1)),
    lambda: hashlib.sha256(data).digest(),
)
busy = [threading.Thread(target=work, args=(step,), daemon=True) for step in steps]
for thread in busy:
    thread.start()
at_least(len(censuses) + 15)
end()
for thread in busy:
    thread.join(60)
"""


@pytest.mark.parametrize("allocator", ["pymalloc", "malloc"])
def test_a_bot_whose_other_threads_hold_the_allocators_lock_is_counted(allocator: str) -> None:
    # Without glibc's caches, which a thread need not lock, malloc takes the lock each time.
    tunables = "glibc.malloc.tcache_count=0"
    variables = {"PYTHONMALLOC": allocator, "MALLOC_ARENA_MAX": "1", "GLIBC_TUNABLES": tunables}
    assert run_bot(COUNTING + BUSY_ALLOCATOR, **variables) == "good\n"


GRPC = """
import grpc
from concurrent.futures import ThreadPoolExecutor
def mirror(request, context):
    time.sleep(0.002)
    return request[::-1]
def stream(requests, context):
    for request in requests:
        yield request[::-1]
handlers = grpc.method_handlers_generic_handler("bot", {
    "mirror": grpc.unary_unary_rpc_method_handler(mirror),
    "stream": grpc.stream_stream_rpc_method_handler(stream),
})
server = grpc.server(ThreadPoolExecutor(8), handlers=(handlers,))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
answered = []
def ask(number):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        one, many = channel.unary_unary("/bot/mirror"), channel.stream_stream("/bot/stream")
        while len(censuses) < 40:
            assert one(b"%d ab" % number, timeout=60) == (b"%d ab" % number)[::-1]
            assert list(many(iter([b"ab", b"cd"]), timeout=60)) == [b"ba", b"dc"]
            answered.append(number)
with ThreadPoolExecutor(6) as clients:
    for future in [clients.submit(ask, number) for number in range(6)]:
        future.result()
at_least(40)
server.stop(None).wait(60)
assert set(answered) == set(range(6))
end()
"""


@pytest.mark.parametrize("fork_support", ["0", "1"])
def test_a_bot_with_grpc_calls_in_flight_is_counted_and_answers_them_all(fork_support: str) -> None:
    pytest.importorskip("grpc")
    assert run_bot(COUNTING + GRPC, options=(), GRPC_ENABLE_FORK_SUPPORT=fork_support) == "good\n"
