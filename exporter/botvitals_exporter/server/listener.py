"""Taking a port, apart from serving on it, so that a port in use is known before the bot starts."""

import errno
import socket
import sys
from dataclasses import dataclass

from botvitals.language import gettext as _

LOOPBACK = "127.0.0.1"

# The port that OpenTelemetry's Prometheus exporters listen on by default, and ours:
# https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#prometheus-exporter
DEFAULT_PORT = 9464

# How many ports, from the default one on, are tried where none was asked for.
PORTS_TRIED = 100
_BACKLOG = 64

# Windows says "access denied" (WSAEACCES) of a port that another has to itself.
_IN_USE = {errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE)}
if sys.platform == "win32":
    _IN_USE |= {errno.EACCES, errno.WSAEACCES}


class ListenError(OSError):
    """No port could be taken; the message is one line for a person."""

    def __init__(self, message: str, host: str, port: int) -> None:
        super().__init__(message)
        self.host = host
        self.port = port


class PortTakenError(ListenError):
    """Another program, or this one, listens on that port already."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that listens; connections wait in it until someone serves them. `host` is as it was asked for."""

    socket: socket.socket
    host: str

    @property
    def port(self) -> int:
        """The port, whichever was found."""
        port: int = self.socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """An address to open in a browser on this machine, without a slash at its end."""
        address = self.socket.getsockname()[0]
        host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(address, self.host)  # noqa: S104 - read, not bound
        return f"http://[{host.replace('%', '%25')}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def close(self) -> None:
        """Free the port."""
        self.socket.close()


def listen(host: str = LOOPBACK, port: int | None = None) -> Listener:
    """Take `port` on `host` and listen: without one 9464 or the next that is free, 0 for any free one.

    Raises PortTakenError where `port` is in use, or all those tried are; ListenError where `host` is no address of this
    machine or the port needs rights; ValueError where it is no port at all.
    """
    if port is not None:
        return _listen(host, port)
    for candidate in range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED):
        try:
            return _listen(host, candidate)
        except PortTakenError:
            continue
    last = DEFAULT_PORT + PORTS_TRIED - 1
    message = _("All ports from {first} to {last} on {host} are in use").format(
        first=DEFAULT_PORT, last=last, host=host
    )
    raise PortTakenError(message, host, DEFAULT_PORT)


def _listen(host: str, port: int) -> Listener:
    if not 0 <= port <= 65535:
        raise ValueError(_("{port} is not a port: 0 to 65535").format(port=port))
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _cannot_listen(host, port, error) from error
    try:
        _claim(listening, host)
        listening.bind(address)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        if error.errno in _IN_USE:
            message = _("Port {port} on {host} is in use").format(port=port, host=host)
            raise PortTakenError(message, host, port) from error
        raise _cannot_listen(host, port, error) from error
    return Listener(listening, host)


def _claim(listening: socket.socket, host: str) -> None:
    """Set what decides with whom the port is shared, before it is bound: with nobody."""
    if sys.platform == "win32":
        # There SO_REUSEADDR would let a second program take over a port that is served.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        # A port whose last connections still wait to be forgotten (TIME_WAIT) is free, one that is served is not.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if host == "::" and socket.has_dualstack_ipv6():
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)


def _cannot_listen(host: str, port: int, error: Exception) -> ListenError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    message = _("Cannot listen on port {port} of {host}: {reason}").format(port=port, host=host, reason=reason)
    return ListenError(message, host, port)
