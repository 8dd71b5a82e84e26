"""The webhook: the image API says that an image is ready, and the bot sends it to whom it is for."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot
from aiogram.types import BufferedInputFile
from aiohttp import web
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor
from picture_bot.background import BackgroundTasks
from picture_bot.database import Database, Order
from picture_bot.generation import PRICE_CREDITS
from picture_bot.image_api import ImageApi

monitor = get_performance_monitor()


class Webhook:
    """Takes what the image API calls back, signed with the bot's key."""

    def __init__(
        self, bot: Bot, database: Database, image_api: ImageApi, background: BackgroundTasks, key: str
    ) -> None:
        self._bot = bot
        self._database = database
        self._image_api = image_api
        self._background = background
        self._key = key.encode()

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Listen on the loopback address, by default on a free port, while the block lasts; give the URL."""
        app = web.Application()
        app.router.add_post("/webhook/{order}", self._receive)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            host, bound_port, *_ = runner.addresses[0]
            yield f"http://{host}:{bound_port}/webhook"
        finally:
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        order = await self._database.order(request.match_info["order"])
        if order is None:
            # Not stored yet, perhaps: who calls back does so again.
            raise web.HTTPNotFound
        operation_id = f"image_webhook_{order.user_id}_{int(time.time())}"
        async with monitor.async_timer(
            operation_id, "an image is ready", kind=SpanKind.SERVER, parent=order.carrier
        ) as timer:
            body = await request.read()
            result = json.loads(body)
            timer.checkpoint("parsed", result["status"])
            signature = hmac.digest(self._key, body, hashlib.sha256).hex()
            if not hmac.compare_digest(signature, request.headers.get("X-Signature", "")):
                raise web.HTTPForbidden
            timer.checkpoint("validated", "signature is right")
            # The API does not wait for Telegram. The task's timer is a child of this one, in the same trace.
            self._background.start(self._deliver(order, result))
            timer.checkpoint("background_task", "handled in the background")
        return web.Response()

    async def _deliver(self, order: Order, result: dict[str, Any]) -> None:
        operation_id = f"deliver_image_{order.user_id}_{int(time.time())}"
        async with monitor.async_timer(operation_id, "send the image") as timer:
            await self._database.remove_order(order.id)
            timer.checkpoint("database", "order done")
            if result["status"] != "done":
                await self._database.add_credits(order.user_id, PRICE_CREDITS)
                await self._bot.send_message(order.user_id, "That went wrong; you have your credit back.")
                return
            image = await self._image_api.download(result["image_url"])
            timer.checkpoint("download", f"{len(image)} bytes")
            await self._bot.send_photo(order.user_id, BufferedInputFile(image, "image.png"), caption="Here it is!")
            timer.checkpoint("photo_sent", "image sent")
