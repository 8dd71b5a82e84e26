"""Work that goes on while the bot takes the next update."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiogram.types import TelegramObject

logger = logging.getLogger(__name__)


class BackgroundTasks:
    """Tasks that nobody awaits: kept from the garbage collector while they run, and their errors logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: set[asyncio.Task[Any] | None] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this in the background."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._is_done)

    async def note_handler(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Be the dispatcher's middleware: it leaves handlers running when it stops, so `stop` has to end them."""
        task = asyncio.current_task()
        self._handlers.add(task)
        try:
            return await handler(event, data)
        finally:
            self._handlers.discard(task)

    async def stop(self) -> None:
        """Cancel what still runs, before what it uses is closed."""
        tasks = [task for task in (*self._tasks, *self._handlers) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _is_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The type only: a message may hold an URL of Telegram's, and with it the token.
            logger.warning("background task failed: %s", type(error).__name__)
