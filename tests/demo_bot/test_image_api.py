"""The stand-in of an image-generation API."""

import hashlib
import hmac
import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from support_demo_bot import StandIns, request, stand_ins
from support_programs import serving

QUICK = ("--every=1000", "--seed=1", "--image-seconds=0", "--webhook-seconds=0")


class Webhook(HTTPServer):
    """Keeps what is called back; it answers the first call with an error."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.calls: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.statuses = iter((404, 200))


class _Handler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(next(self.server.statuses))
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.calls.put((self.headers["X-Signature"], body))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    with serving(server):
        yield server


def order(world: StandIns, callback_url: str, key: str | None = None) -> tuple[int, dict[str, str]]:
    headers = {"Authorization": f"Bearer {world.key if key is None else key}"}
    status, body = request(f"{world.images}/v1/tasks", json.dumps({"callback_url": callback_url}).encode(), headers)
    return status, json.loads(body)


def test_an_image_is_called_back_signed_until_it_is_taken() -> None:
    with stand_ins(*QUICK, "--errors=0") as world, webhook() as server:
        status, task = order(world, f"http://127.0.0.1:{server.server_port}/image")
        assert (status, task["status"]) == (202, "queued")
        first, second = (server.calls.get(timeout=30) for _ in range(2))
        assert first == second
        signature, body = second
        assert signature == hmac.digest(world.key.encode(), body, hashlib.sha256).hex()
        result = json.loads(body)
        assert (result["id"], result["status"]) == (task["id"], "done")
        status, image = request(result["image_url"])
        assert status == 200
        assert image.startswith(b"\x89PNG")


def test_a_wrong_key_is_refused_and_tasks_are_now_and_then() -> None:
    with stand_ins(*QUICK, "--errors=1") as world:
        assert order(world, "http://127.0.0.1:9/", key="wrong") == (401, {"error": "wrong key"})
        assert order(world, "http://127.0.0.1:9/") == (503, {"error": "no GPU is free"})


def test_a_callback_that_nobody_takes_does_not_hold_the_end_up() -> None:
    with stand_ins(*QUICK, "--errors=0") as world:
        assert order(world, "http://127.0.0.1:9/")[0] == 202
