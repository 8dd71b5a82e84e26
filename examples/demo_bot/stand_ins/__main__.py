"""Run the stand-ins until stdin ends: `python -m stand_ins`.

The first line on stdout is JSON: where they are, and the keys to them.
"""

import argparse
import asyncio
import json
import random
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from stand_ins.chats import BOT, Chats
from stand_ins.image_api import ImageApi
from stand_ins.options import add_options
from stand_ins.people import People
from stand_ins.telegram_api import TelegramApi


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve on a free port of the loopback address; give the URL."""
    # No access log: Telegram's paths hold the token.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port, *_ = runner.addresses[0]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def run(options: argparse.Namespace) -> None:
    """Serve both APIs, and let people come, until stdin ends."""
    dice = random.Random(options.seed)
    token, key = f"{BOT['id']}:{secrets.token_urlsafe(26)}", secrets.token_urlsafe(24)
    chats = Chats()
    image_api = ImageApi(
        key,
        random.Random(dice.random()),
        accept_seconds=options.image_seconds,
        callback_seconds=options.webhook_seconds,
        errors=options.errors,
    )
    async with AsyncExitStack() as stack:
        telegram_url = await stack.enter_async_context(serving(TelegramApi(token, chats).app))
        image_url = await stack.enter_async_context(serving(image_api.app))
        # Not in arguments or the environment, where anybody on the machine could read them.
        print(json.dumps({"telegram": telegram_url, "token": token, "images": image_url, "key": key}), flush=True)
        people = asyncio.create_task(People(chats, dice, every=options.every, errors=options.errors).come_and_go())
        # stdin ends with whoever started us, however that ends.
        await asyncio.to_thread(sys.stdin.buffer.read)
        people.cancel()
        await asyncio.gather(people, return_exceptions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="stand_ins", description=__doc__)
    add_options(parser)
    asyncio.run(run(parser.parse_args()))
