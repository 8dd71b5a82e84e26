"""A bot that has no time left: it answers messages one after the other, to whichever chat they come."""

import asyncio
import json
import random
import re
import time
from collections.abc import Callable

from support.heap import Chat, Message, text_of

REMEMBERED = 10
_COMMAND = re.compile(r"draw me an? (\w+)")


class Bot:
    """Answers messages until told to stop; `answered` counts them.

    Each answer parses an update, looks into the chat's last messages, keeps the new one in place of the oldest, and
    writes JSON: allocations, and reference counts that change all over the heap.
    """

    def __init__(self, chats: list[Chat]) -> None:
        self.answered = 0
        self._chats = chats
        self._chance = random.Random(7)
        self._updates = [json.dumps({"update_id": number, "text": text_of(number)}) for number in range(100)]

    async def run(self, goes_on: Callable[[], bool]) -> None:
        """Answer for as long as `goes_on`, leaving the loop to others after each message."""
        while goes_on():
            self._answer(self._chance.choice(self._chats), self._updates[self.answered % len(self._updates)])
            self.answered += 1
            await asyncio.sleep(0)

    async def run_seconds(self, seconds: float) -> float:
        """Answer for `seconds` and return how many messages a second it were."""
        before, began = self.answered, time.perf_counter()
        await self.run(lambda: time.perf_counter() < began + seconds)
        return (self.answered - before) / (time.perf_counter() - began)

    def _answer(self, chat: Chat, update: str) -> str:
        received = json.loads(update)
        message = Message(received["update_id"], self._chance.choice(chat.members), received["text"])
        chat.messages.append(message)
        del chat.messages[0]
        history = [
            {"name": kept.sender.name, "role": kept.payload["role"], "content": kept.payload["content"]}
            for kept in chat.messages[-REMEMBERED:]
        ]
        asked_for = _COMMAND.search(received["text"])
        subject = asked_for.group(1) if asked_for else None
        return json.dumps({"chat_id": chat.number, "subject": subject, "messages": history}, ensure_ascii=False)
