"""The bot put together: its children, its database, the webhook, and the handlers of updates."""

import argparse
import json
import logging
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import ErrorEvent

from picture_bot import chat, clicks, generation, photos
from picture_bot.background import BackgroundTasks
from picture_bot.chat import VectorStore
from picture_bot.children import HERE, child
from picture_bot.database import Database
from picture_bot.history import History
from picture_bot.image_api import ImageApi
from picture_bot.webhook import Webhook
from stand_ins.options import arguments

logger = logging.getLogger(__name__)


async def run(options: argparse.Namespace) -> None:
    """Answer until Ctrl+C or SIGTERM."""
    async with AsyncExitStack() as stack:
        vector_store = await stack.enter_async_context(child(str(HERE / "vector_store.py")))
        stand_ins = await stack.enter_async_context(child("-m", "stand_ins", *arguments(options)))
        places = json.loads(await stand_ins.read())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="demo_bot_"))
        database = Database(Path(folder) / "bot.sqlite")
        stack.callback(database.close)
        telegram = AiohttpSession(api=TelegramAPIServer.from_base(places["telegram"]))
        bot = await stack.enter_async_context(Bot(places["token"], session=telegram))
        image_api = ImageApi(places["images"], places["key"])
        stack.push_async_callback(image_api.close)
        background = BackgroundTasks()
        stack.push_async_callback(background.stop)
        webhook = Webhook(bot, database, image_api, background, places["key"])
        webhook_url = await stack.enter_async_context(webhook.serving(options.webhook_port))
        dispatcher = Dispatcher(
            database=database,
            image_api=image_api,
            webhook_url=webhook_url,
            background=background,
            history=History(is_leaking=options.leak),
            vector_store=VectorStore(vector_store),
        )
        dispatcher.include_routers(clicks.commands, generation.router, clicks.router, photos.router, chat.router)
        dispatcher.update.outer_middleware(background.note_handler)
        dispatcher.errors.register(on_error)
        print("demo bot: answering; Ctrl+C ends it", flush=True)
        # It takes SIGINT and SIGTERM, and ends.
        await dispatcher.start_polling(bot, close_bot_session=False)


async def on_error(event: ErrorEvent, bot: Bot) -> None:
    """Survive an error of a handler: say sorry to whom it happened, and log it."""
    # The type only: a message may hold an URL of Telegram's, and with it the token.
    logger.warning("update %d failed: %s", event.update.update_id, type(event.exception).__name__)
    source = event.update.callback_query or event.update.message
    if source is not None and source.from_user is not None:
        await bot.send_message(source.from_user.id, "Sorry, that went wrong. Please try again.")
