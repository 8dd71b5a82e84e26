"""The same bot on a framework, as bots are written: aiogram parses the update, finds the handler, sends the answer."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

from aiogram import Bot as TelegramBot
from aiogram import Dispatcher, F
from aiogram.client.session.base import BaseSession
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message

from support.bot import Brain
from support.heap import text_of


class AiogramBot:
    """Feeds updates to aiogram's dispatcher as fast as it takes them."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._answered = 0
        self._telegram = TelegramBot("42:offline", session=_NobodyListens())
        self._dispatcher = Dispatcher()
        self._dispatcher.message(F.text)(self._on_text)

    async def answer_next(self) -> None:
        """Take the next message and answer it."""
        self._answered += 1
        update = {
            "update_id": self._answered,
            "message": {
                "message_id": self._answered,
                "date": 1_757_421_666,
                "chat": {"id": self._brain.any_chat(), "type": "private"},
                "from": {"id": 5, "is_bot": False, "first_name": "somebody"},
                "text": text_of(self._answered),
            },
        }
        await self._dispatcher.feed_raw_update(self._telegram, update)

    async def _on_text(self, message: Message) -> None:
        await message.answer(self._brain.answer(message.chat.id, message.message_id, message.text or ""))


class _NobodyListens(BaseSession):
    """Telegram as fast as nothing is: what is measured is the bot."""

    async def close(self) -> None:
        pass

    async def make_request(
        self, bot: TelegramBot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> Any:
        return Message(message_id=1, date=datetime.now(UTC), chat=Chat(id=1, type="private"))

    async def stream_content(self, *_request: Any, **_options: Any) -> AsyncGenerator[bytes, None]:
        yield b""
