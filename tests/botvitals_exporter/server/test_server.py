import http.client
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from botvitals_exporter.failures import Failures
from botvitals_exporter.server.listener import listen
from botvitals_exporter.server.server import MAX_CONNECTIONS, Server

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


def hello(environ, start_response):
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


class Running:
    """A server on a free port, with what was said of it."""

    def __init__(self, app=hello, host="127.0.0.1", **keywords) -> None:
        self.said: list[str] = []
        self.failures = Failures(self.said.append)
        listener = listen(host, 0)
        self.port, self.url = listener.port, listener.url
        self.server = Server(listener, app, self.failures, **keywords).start()

    def get(self) -> str:
        with urllib.request.urlopen(self.url, timeout=10) as answer:
            return str(answer.read().decode())

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextmanager
def running(app=hello, **keywords) -> Iterator[Running]:
    served = Running(app, **keywords)
    try:
        yield served
    finally:
        served.server.stop()
        eventually(lambda: not any(thread.name.startswith("botvitals-") for thread in threading.enumerate()))


def eventually(holds) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def test_it_answers():
    with running() as served:
        assert served.get() == "hello"
        assert served.said == []


def test_stopped_it_is_gone_at_once_and_a_second_stop_does_nothing():
    with running() as served:
        began = time.monotonic()
        served.server.stop()
        assert time.monotonic() - began < 1
        assert port_is_free(served.port)
        served.server.stop()


def test_it_can_be_stopped_before_it_started():
    listener = listen(port=0)
    port = listener.port
    Server(listener, hello, Failures(print)).stop()
    assert port_is_free(port)


def test_it_stops_while_a_client_is_silent():
    with running() as served, served.connect():
        eventually(lambda: any(thread.name == "botvitals-request" for thread in threading.enumerate()))
        began = time.monotonic()
        served.server.stop()
        assert time.monotonic() - began < 1


def test_a_silent_client_stops_nobody_and_is_cut_off():
    with running(connection_seconds=0.2) as served, served.connect() as silent:
        assert served.get() == "hello"
        assert silent.recv(1) == b""


def test_a_client_that_says_a_little_at_a_time_is_cut_off_too():
    now = [0.0]
    with running(clock=lambda: now[0]) as served, served.connect() as slow:
        slow.sendall(b"GET / HT")
        eventually(lambda: any(thread.name == "botvitals-request" for thread in threading.enumerate()))
        now[0] = 10.0
        assert slow.recv(1) == b""


def test_more_clients_than_it_serves_at_once_are_told_to_come_back():
    with running() as served:
        silent = [served.connect() for _ in range(MAX_CONNECTIONS)]
        with served.connect() as refused:
            assert refused.recv(1000).startswith(b"HTTP/1.0 503 ")
        assert len(served.said) == 1
        for client in silent:
            client.close()
        eventually(lambda: not any(thread.name == "botvitals-request" for thread in threading.enumerate()))
        assert served.get() == "hello"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nA: \xff\r\n\r\n",
    ],
)
def test_whatever_a_client_sends_it_serves_on_and_prints_nothing(request_bytes, capfd):
    with running() as served:
        with served.connect() as client:
            client.sendall(request_bytes)
            client.shutdown(socket.SHUT_WR)
            try:
                while client.recv(65536):
                    pass
            except ConnectionError:
                pass
        assert served.get() == "hello"
    assert capfd.readouterr() == ("", "")


def test_a_client_that_leaves_before_the_answer_is_no_failure(capfd):
    asked, left = threading.Event(), threading.Event()

    def slow(environ, start_response):
        asked.set()
        left.wait(10)
        start_response("200 OK", [("Content-Length", "10000000")])
        return [b"x" * 10_000_000]

    with running(slow) as served:
        with served.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert asked.wait(10)
        left.set()
        eventually(lambda: not any(thread.name == "botvitals-request" for thread in threading.enumerate()))
        assert served.said == []
    assert capfd.readouterr() == ("", "")


def test_an_application_that_raises_prints_nothing(capfd):
    def broken(environ, start_response):
        raise RuntimeError("broken")

    with running(broken) as served:
        with pytest.raises(urllib.error.HTTPError) as raised:
            served.get()
        raised.value.close()
        assert raised.value.code == 500
    assert capfd.readouterr() == ("", "")


def test_head_ends_without_a_body():
    def headless(environ, start_response):
        start_response("200 OK", [("Content-Length", "5")])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [b"hello"]

    with running(headless) as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request("HEAD", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Length"), answer.read()) == (200, "5", b"")
        connection.close()


def test_clients_that_come_at_once_are_all_answered():
    with running() as served:
        answers: list[str] = []
        clients = [threading.Thread(target=lambda: answers.append(served.get())) for _ in range(MAX_CONNECTIONS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert answers == ["hello"] * MAX_CONNECTIONS


def test_an_accept_that_fails_is_counted_and_does_not_end_it():
    class OutOfFiles:
        """A listening socket whose first accept fails, as it does where no file can be opened any more."""

        def __init__(self, real):
            self._real = real
            self.failed = False

        def accept(self):
            if not self.failed:
                self.failed = True
                raise OSError(24, "Too many open files")
            return self._real.accept()

        def __getattr__(self, name):
            return getattr(self._real, name)

    class Listening:
        host = "127.0.0.1"

        def __init__(self, real):
            self.socket = OutOfFiles(real.socket)
            self.port, self.close = real.port, real.close

    said: list[str] = []
    failures = Failures(said.append)
    listener = Listening(listen(port=0))
    server = Server(listener, hello, failures).start()  # type: ignore[arg-type]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{listener.port}", timeout=10) as answer:
            assert answer.read() == b"hello"
    finally:
        server.stop()
    assert failures.counts() == {"server": 1}
    assert "Too many open files" in said[0]


def hold_on(entered, leave) -> None:
    entered.set()
    leave.wait(20)


@needs_fork
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # what a bot does when it forks with threads
def test_a_forked_child_of_the_bot_holds_neither_port_nor_connections():
    context = multiprocessing.get_context("fork")
    entered, leave = context.Event(), context.Event()
    with running() as served, served.connect() as silent:
        eventually(lambda: any(thread.name == "botvitals-request" for thread in threading.enumerate()))
        child = context.Process(target=hold_on, args=(entered, leave))
        child.start()
        try:
            assert entered.wait(20)
            assert served.get() == "hello"
            served.server.stop()
            assert silent.recv(1) == b""
            assert port_is_free(served.port)
        finally:
            leave.set()
            child.join()
            child.close()


def test_importing_it_starts_and_binds_nothing():
    script = (
        "import threading, botvitals_exporter.server.server, botvitals_exporter.server.app\n"
        "assert threading.active_count() == 1\n"
    )
    path = os.pathsep.join(entry for entry in sys.path if entry)
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": path}, check=True)
