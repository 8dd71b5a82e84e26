"""A stand-in of an image-generation API: it takes a task, slowly at times, and calls a webhook back with the result."""

import asyncio
import hashlib
import hmac
import json
import random
from uuid import uuid4

from aiohttp import ClientError, ClientSession, web

from stand_ins.pictures import picture

# One call in ten takes eight times as long.
SLOW_SHARE, SLOW_FACTOR = 0.1, 8
CALLBACK_ATTEMPTS = 5


class ImageApi:
    """Takes tasks from whoever has the key, with which it also signs what it calls back.

    `accept_seconds` and `callback_seconds` are how long it takes on average; `errors` is the share of calls that are
    refused, and of images that fail.
    """

    def __init__(
        self, key: str, dice: random.Random, *, accept_seconds: float, callback_seconds: float, errors: float
    ) -> None:
        self._key = key
        self._dice = dice
        self._accept_seconds = accept_seconds
        self._callback_seconds = callback_seconds
        self._errors = errors
        self._callbacks: set[asyncio.Task[None]] = set()
        self.app = web.Application(client_max_size=10_000_000)
        self.app.router.add_post("/v1/tasks", self._take)
        self.app.router.add_get("/v1/images/{task}.png", self._image)
        self.app.on_cleanup.append(self._end_callbacks)

    async def _take(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {self._key}"):
            return web.json_response({"error": "wrong key"}, status=401)
        wanted = await request.json()
        if self._dice.random() < self._errors:
            return web.json_response({"error": "no GPU is free"}, status=503)
        slow = SLOW_FACTOR if self._dice.random() < SLOW_SHARE else 1
        await asyncio.sleep(self._accept_seconds * slow * self._dice.uniform(0.5, 1.5))
        task = uuid4().hex
        callback = asyncio.create_task(self._call_back(task, wanted["callback_url"], str(request.url.origin())))
        self._callbacks.add(callback)
        callback.add_done_callback(self._callbacks.discard)
        return web.json_response({"id": task, "status": "queued"}, status=202)

    async def _call_back(self, task: str, url: str, origin: str) -> None:
        await asyncio.sleep(self._callback_seconds * self._dice.uniform(0.5, 1.5))
        result = {"id": task, "status": "done", "image_url": f"{origin}/v1/images/{task}.png"}
        if self._dice.random() < self._errors:
            result = {"id": task, "status": "failed"}
        body = json.dumps(result).encode()
        headers = {"X-Signature": hmac.digest(self._key.encode(), body, hashlib.sha256).hex()}
        async with ClientSession() as session:
            for attempt in range(CALLBACK_ATTEMPTS):
                try:
                    async with session.post(url, data=body, headers=headers) as answer:
                        if answer.ok:
                            return
                except ClientError:
                    pass
                await asyncio.sleep(0.5 * 2**attempt)

    async def _image(self, request: web.Request) -> web.Response:
        return web.Response(body=picture(random.Random(request.match_info["task"])), content_type="image/png")

    async def _end_callbacks(self, _: web.Application) -> None:
        for callback in self._callbacks:
            callback.cancel()
        await asyncio.gather(*self._callbacks, return_exceptions=True)
