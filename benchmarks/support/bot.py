"""Bots that have no time left: they answer messages one after the other, to whichever chat they come."""

import json
import random
import re
from typing import Protocol

from support.heap import Chat, Message, text_of

REMEMBERED = 10
_COMMAND = re.compile(r"draw me an? (\w+)")


class Bot(Protocol):
    """Answers the next message, on an asyncio loop."""

    async def answer_next(self) -> None:
        """Take the next message and answer it."""


class Brain:
    """What both bots do with a message: look into the chat's last ones, keep it in place of the oldest, write JSON.

    That is allocations, and reference counts that change all over the heap.
    """

    def __init__(self, chats: list[Chat]) -> None:
        self._chats = chats
        self._chance = random.Random(7)

    def any_chat(self) -> int:
        """Return the place of the chat that the next message comes to."""
        return self._chance.randrange(len(self._chats))

    def answer(self, place: int, number: int, text: str) -> str:
        """Return what the bot says to message `number` in the chat at `place`."""
        chat = self._chats[place]
        message = Message(number, self._chance.choice(chat.members), text)
        chat.messages.append(message)
        del chat.messages[0]
        history = [
            {"name": kept.sender.name, "role": kept.payload["role"], "content": kept.payload["content"]}
            for kept in chat.messages[-REMEMBERED:]
        ]
        asked_for = _COMMAND.search(text)
        subject = asked_for.group(1) if asked_for else None
        return json.dumps({"chat_id": chat.number, "subject": subject, "messages": history}, ensure_ascii=False)


class BareBot:
    """Parses an update and answers: without a framework, some 30,000 a second, so that it soon writes to every page."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._answered = 0
        self._updates = [json.dumps({"update_id": number, "text": text_of(number)}) for number in range(100)]

    async def answer_next(self) -> None:
        """Take the next message and answer it."""
        received = json.loads(self._updates[self._answered % len(self._updates)])
        self._answered += 1
        self._brain.answer(self._brain.any_chat(), received["update_id"], received["text"])
