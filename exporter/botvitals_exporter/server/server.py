"""The server: one thread that accepts, one for each request, none that can hold up the bot."""

import contextlib
import os
import selectors
import socket
import threading
import time
import weakref
from collections.abc import Callable
from typing import Self
from wsgiref.types import WSGIApplication

from botvitals.language import gettext as _
from botvitals_exporter.failures import Failures
from botvitals_exporter.server.listener import Listener
from botvitals_exporter.server.request import Site, answer

# What a connection may take in all, from its first byte to its last: Prometheus itself gives up after 10 s.
CONNECTION_SECONDS = 10.0
MAX_CONNECTIONS = 16

# How often connections are looked at while there are any, and how long to wait where the bot has run out of files.
_SWEEP_SECONDS = 1.0
_STOP_SECONDS = 1.0
_BUSY = b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Serves `app` on `listener` until it is stopped, from daemon threads.

    A client has 10 seconds in all and is then cut off; 16 are served at once, others get a 503. A forked child of the
    bot serves nothing and holds neither port nor connections.
    """

    def __init__(
        self,
        listener: Listener,
        app: WSGIApplication,
        failures: Failures,
        *,
        connection_seconds: float = CONNECTION_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._listener = listener
        self._site = Site(app, listener.host, listener.port)
        self._failures = failures
        self._connection_seconds = connection_seconds
        self._clock = clock
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        # When each connection must end, and the thread that answers it.
        self._connections: dict[socket.socket, tuple[float, threading.Thread]] = {}
        # A byte through this pair wakes the accepting thread: an idle server never wakes up by itself.
        self._waker, self._wakened = socket.socketpair()
        self._thread = threading.Thread(target=self._accept_until_stopped, name="botvitals-server", daemon=True)

    def start(self) -> Self:
        """Begin to serve. Raises RuntimeError, and frees the port, where no thread can be started."""
        _close_in_forked_children(self)
        try:
            self._thread.start()
        except RuntimeError:
            self.abandon()
            raise
        return self

    def stop(self) -> None:
        """Free the port, end what is being served, and wait for the threads, for a second at the most."""
        deadline = time.monotonic() + _STOP_SECONDS
        self._stopping.set()
        try:
            self._waker.send(b"\0")
        except OSError:
            return  # stopped before, or this is a forked child
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)
        self._listener.close()
        with self._lock:
            served = {connection: thread for connection, (_, thread) in self._connections.items()}
        for connection, thread in served.items():
            _cut(connection)
            thread.join(max(0.0, deadline - time.monotonic()))
        self._waker.close()
        self._wakened.close()

    def _accept_until_stopped(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener.socket, selectors.EVENT_READ)
            selector.register(self._wakened, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select(_SWEEP_SECONDS if self._connections else None)
                self._cut_overdue()
                if not self._stopping.is_set():
                    self._accept_one()

    def _accept_one(self) -> None:
        try:
            connection, client_address = self._listener.socket.accept()
        except (BlockingIOError, ConnectionError):
            return  # woken for something else, or the client changed its mind
        except OSError as error:
            # Out of files, most likely: the connection still waits, so without a pause this would spin.
            self._note(error)
            self._stopping.wait(_SWEEP_SECONDS)
            return
        connection.settimeout(self._connection_seconds)
        if len(self._connections) >= MAX_CONNECTIONS:
            self._failures.note(
                "server",
                _("More than {number} connections to the metrics at once: the others are refused").format(
                    number=MAX_CONNECTIONS
                ),
                kind="busy",
            )
            _refuse(connection)
            return
        thread = threading.Thread(
            target=self._answer, args=(connection, client_address), name="botvitals-request", daemon=True
        )
        with self._lock:
            self._connections[connection] = (self._clock() + self._connection_seconds, thread)
        try:
            thread.start()
        except RuntimeError as error:
            self._note(error)
            self._forget(connection)

    def _answer(self, connection: socket.socket, client_address: object) -> None:
        try:
            with contextlib.suppress(OSError):  # the client went away or said nothing: its own affair
                answer(connection, client_address, self._site)
        except Exception as error:  # noqa: BLE001 - nothing a client sends may end in the bot's stderr
            self._note(error)
        finally:
            self._forget(connection)

    def _forget(self, connection: socket.socket) -> None:
        _cut(connection, socket.SHUT_WR)
        connection.close()
        # Last, since `stop` waits for the threads of those that are still in here.
        with self._lock:
            self._connections.pop(connection, None)

    def _cut_overdue(self) -> None:
        now = self._clock()
        with self._lock:
            overdue = [connection for connection, (deadline, _) in self._connections.items() if deadline <= now]
        for connection in overdue:
            _cut(connection)

    def _note(self, error: Exception) -> None:
        kind = type(error).__name__
        self._failures.note(
            "server", _("The metrics server met an error: {error}").format(error=f"{kind}: {error}"), kind=kind
        )

    def abandon(self) -> None:
        """Let go of port and connections where no thread serves them: in a forked child, whose parent goes on."""
        self._stopping.set()
        for held in (self._listener.socket, self._waker, self._wakened, *self._connections):
            held.close()


def _cut(connection: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    with contextlib.suppress(OSError):  # the client was faster
        connection.shutdown(how)


def _refuse(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it does not take the answer either
        connection.setblocking(False)
        connection.send(_BUSY)
    _cut(connection, socket.SHUT_WR)
    connection.close()


_running: weakref.WeakSet[Server] = weakref.WeakSet()
_hooked = threading.Event()


def _close_in_forked_children(server: Server) -> None:
    """Have `server` let go of its sockets in every child that the bot forks; the hook cannot be taken back, so one."""
    _running.add(server)
    if hasattr(os, "register_at_fork") and not _hooked.is_set():
        _hooked.set()
        os.register_at_fork(after_in_child=_abandon_all)


def _abandon_all() -> None:
    for server in list(_running):
        server.abandon()
