"""Chatting: the answer to a text, made of what the vector store finds."""

import asyncio
import random
import time

from aiogram import F, Router
from aiogram.types import Message
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor
from picture_bot.children import Child
from picture_bot.history import ChatMessage, History

router = Router()
monitor = get_performance_monitor()


class VectorStore:
    """The child process that holds the vectors, asked one question at a time."""

    def __init__(self, process: Child) -> None:
        self._process = process
        self._one_at_a_time = asyncio.Lock()

    @monitor.timed("search_memory", "nearest memory", kind=SpanKind.CLIENT)
    async def search(self, text: str) -> str:
        """Return the memory nearest to `text`."""
        async with self._one_at_a_time:
            return await self._process.ask(text.replace("\n", " "))


@router.message(F.text)
async def text_sent(message: Message, vector_store: VectorStore, history: History) -> None:
    """Answer a text."""
    operation_id = f"answer_{message.chat.id}_{int(time.time())}"
    async with monitor.async_timer(operation_id, "answer a message", kind=SpanKind.CONSUMER) as timer:
        text = message.text or ""
        memory = await vector_store.search(text)
        timer.checkpoint("searched", "nearest memory found")
        answer = await compose(memory, history.prompt())
        timer.checkpoint("composed", "answer written")
        sent = await message.answer(answer)
        timer.checkpoint("sent", "answer sent")
        for said, words in ((message, text), (sent, answer)):
            is_answer = said is sent
            history.add(ChatMessage(message.chat.id, said.message_id, said.date.timestamp(), is_answer, words))


async def compose(memory: str, prompt: list[ChatMessage]) -> str:
    """Write an answer, as a language model would: it takes long for one in twenty."""
    await asyncio.sleep(0.2 if random.random() < 0.05 else 0.01)
    return f"After {len(prompt)} messages I remember: {memory}"
