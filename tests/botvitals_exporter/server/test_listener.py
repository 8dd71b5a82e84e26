import os
import socket
import subprocess
import sys

import pytest

from botvitals_exporter.server import listener as listener_module
from botvitals_exporter.server.listener import (
    DEFAULT_PORT,
    Listener,
    ListenError,
    PortTakenError,
    listen,
)


@pytest.fixture
def listening():
    opened: list[Listener] = []

    def open_listener(*arguments, **keywords) -> Listener:
        opened.append(listen(*arguments, **keywords))
        return opened[-1]

    yield open_listener
    for one in opened:
        one.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


def test_port_0_is_any_free_one(listening):
    assert listening(port=0).port > 0


def test_a_port_that_is_served_is_taken(listening):
    port = listening(port=0).port
    with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1 is in use") as raised:
        listening(port=port)
    assert (raised.value.host, raised.value.port) == ("127.0.0.1", port)


def test_without_a_port_the_next_free_one_after_the_default_is_found(listening):
    first, second = listening(), listening()
    assert DEFAULT_PORT <= first.port < second.port < DEFAULT_PORT + 100


def test_when_all_those_ports_are_taken_it_says_so(listening, monkeypatch):
    port = listening(port=0).port
    monkeypatch.setattr(listener_module, "DEFAULT_PORT", port)
    monkeypatch.setattr(listener_module, "PORTS_TRIED", 1)
    with pytest.raises(PortTakenError, match=f"All ports from {port} to {port}"):
        listening()


def test_a_closed_port_is_free_at_once(listening):
    one = listen(port=0)
    port = one.port
    with socket.create_connection(("127.0.0.1", port)):
        accepted, _ = one.socket.accept()
        accepted.close()
    one.close()
    assert listening(port=port).port == port


@pytest.mark.parametrize("port", [-1, 65_536])
def test_what_is_no_port_is_a_value_error(port):
    with pytest.raises(ValueError, match="is not a port"):
        listen(port=port)


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", "a" * 300, "\udcff"])
def test_a_host_that_is_not_this_machine_is_a_clear_error(host):
    with pytest.raises(ListenError, match="Cannot listen on port 0"):
        listen(host, 0)


def test_the_url_is_one_to_click(listening):
    one = listening(port=0)
    assert one.url == f"http://127.0.0.1:{one.port}"


def test_the_url_of_all_addresses_is_the_loopback(listening):
    one = listening("0.0.0.0", 0)
    assert one.url == f"http://127.0.0.1:{one.port}"


def test_a_hosts_name_stays_in_the_url(listening):
    one = listening("localhost", 0)
    assert one.url == f"http://localhost:{one.port}"


@needs_ipv6
def test_the_url_of_an_ipv6_address_has_brackets(listening):
    one = listening("::1", 0)
    assert one.url == f"http://[::1]:{one.port}"


@needs_ipv6
def test_all_ipv6_addresses_take_ipv4_too(listening):
    one = listening("::", 0)
    assert one.url == f"http://[::1]:{one.port}"
    socket.create_connection(("127.0.0.1", one.port), timeout=5).close()


@pytest.mark.skipif(sys.platform == "win32", reason="looks at file descriptors")
def test_programs_that_the_bot_starts_do_not_inherit_the_port(listening):
    descriptor = listening(port=0).socket.fileno()
    assert not os.get_inheritable(descriptor)
    check = f"import os\ntry:\n os.fstat({descriptor})\nexcept OSError:\n print('closed')"
    child = subprocess.run([sys.executable, "-c", check], close_fds=False, capture_output=True, text=True, check=True)
    assert child.stdout == "closed\n"
