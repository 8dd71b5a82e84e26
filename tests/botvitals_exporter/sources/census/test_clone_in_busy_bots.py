"""Censuses in a clone while the bot does what has broken forks of it before."""

import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_busy_bots import COUNTING
from support_clones import run_bot

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")

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
    # Otherwise gRPC may say on stderr, at level INFO, that the server has ended, as it was asked to.
    variables = {"GRPC_ENABLE_FORK_SUPPORT": fork_support, "GRPC_VERBOSITY": "ERROR"}
    assert run_bot(COUNTING + GRPC, options=(), **variables) == "good\n"
