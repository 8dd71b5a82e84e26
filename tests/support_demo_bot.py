"""The demo bot and the world made up around it, run as programs."""

import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "examples" / "demo_bot"
BOT = FOLDER / "bot.py"
# Users who hurry, and an image API that is fast.
LIVELY = ("--every=0.15", "--image-seconds=0.05", "--webhook-seconds=0.1", "--seed=7")


@dataclass(frozen=True)
class StandIns:
    """The running stand-ins: where they are, and the keys to them."""

    telegram: str
    token: str
    images: str
    key: str
    process: "subprocess.Popen[str]"

    def call(self, method: str, *, token: str | None = None, **fields: object) -> tuple[int, Any]:
        """Call a method of the Bot API; return the status and the result, or the description of the error."""
        url = f"{self.telegram}/bot{self.token if token is None else token}/{method}"
        status, body = request(url, urllib.parse.urlencode(fields).encode())
        answer = json.loads(body)
        assert answer["ok"] is (status == 200)
        assert status == answer.get("error_code", 200)
        return status, answer.get("result", answer.get("description"))

    def updates(self, offset: int = 0) -> list[dict[str, Any]]:
        """Wait for updates, and return them."""
        status, updates = self.call("getUpdates", offset=offset, timeout=30)
        assert status == 200
        return list(updates)


@contextmanager
def stand_ins(*options: str) -> Iterator[StandIns]:
    """Run the stand-ins for as long as the block lasts; they end when their stdin does."""
    command = [sys.executable, "-m", "stand_ins", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=FOLDER, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield StandIns(**json.loads(process.stdout.readline()), process=process)
        finally:
            process.stdin.close()
            said = process.stderr.read()
        assert process.wait(20) == 0
        assert said == ""


def request(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Return the status and the body of an answer, also where it is an error."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, dict(headers or {})), timeout=40) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
