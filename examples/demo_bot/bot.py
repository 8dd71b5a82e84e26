"""A small chat bot that makes its own users up: it keeps a vector store in a child process, and it leaks.

Watch it from inside with `botvitals objects examples/demo_bot/bot.py`, from outside with `botvitals monitor …`.
"""

import asyncio
import contextlib
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor

VECTOR_STORE = Path(__file__).with_name("vector_store.py")

monitor = get_performance_monitor()


@dataclass
class ChatMessage:
    """What a user wrote, and what the bot answered."""

    user: int
    text: str
    answer: str = ""


@dataclass
class History:
    """What was said, from last week on. It forgets nothing: this is the leak that botvitals shows."""

    messages: list[ChatMessage] = field(default_factory=lambda: [ChatMessage(n % 500, f"{n}") for n in range(30_000)])


class Bot:
    """Answers each message with what the vector store finds nearest to it."""

    def __init__(self, questions: asyncio.StreamWriter, answers: asyncio.StreamReader) -> None:
        self.history = History()
        self.questions = questions
        self.answers = answers

    async def answer(self, message: ChatMessage) -> None:
        """Answer, and keep the message for ever."""
        async with monitor.async_timer(f"answer_{message.user}", "answer a message", kind=SpanKind.CONSUMER) as timer:
            memory = await self.search(message.text)
            timer.checkpoint("searched", "nearest memory found")
            message.answer = await self.compose(memory)
            timer.checkpoint("composed", "answer written")
            self.history.messages.append(message)

    async def search(self, text: str) -> str:
        """Ask the vector store for the memory nearest to `text`."""
        async with monitor.async_timer("search_memory", kind=SpanKind.CLIENT):
            self.questions.write(text.encode() + b"\n")
            return (await self.answers.readline()).decode().strip()

    async def compose(self, memory: str) -> str:
        """Write an answer, which takes long for one in twenty."""
        await asyncio.sleep(0.4 if random.random() < 0.05 else 0.01)
        return f"I remember: {memory}"


async def main() -> None:
    """Answer some fifty messages a second until stopped."""
    store = await asyncio.create_subprocess_exec(
        sys.executable,
        str(VECTOR_STORE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    if store.stdin is None or store.stdout is None:
        raise RuntimeError("the vector store has no pipes")
    bot = Bot(store.stdin, store.stdout)
    print("demo bot: answering; Ctrl+C ends it", flush=True)
    try:
        while store.returncode is None:
            user = random.randrange(500)
            await bot.answer(ChatMessage(user, f"message of {user}: " + "la" * random.randrange(100)))
    finally:
        # The store ends with its input.
        store.stdin.close()
        await store.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
