"""A photo comes: it is looked at in the background, and a menu offers what can be made of it."""

import asyncio
import time

from aiogram import F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import Message
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor
from picture_bot import menus
from picture_bot.background import BackgroundTasks
from picture_bot.database import Database
from picture_bot.states import Drawing

router = Router()
monitor = get_performance_monitor()
# An album comes as many photos at once.
at_once = asyncio.Semaphore(4)


@router.message(F.photo)
async def photo_sent(message: Message, state: FSMContext, database: Database, background: BackgroundTasks) -> None:
    """Take a photo on, and be free for the next update."""
    background.start(take_photo(message, state, database))


async def take_photo(message: Message, state: FSMContext, database: Database) -> None:
    """Remember whose photo this is, and ask what is to be made of it."""
    operation_id = f"photo_message_{message.chat.id}_{int(time.time())}"
    async with monitor.async_timer(operation_id, "a photo comes", kind=SpanKind.CONSUMER) as timer, at_once:
        timer.checkpoint("background_task", "its turn in the background")
        user = await database.user(message.chat.id)
        timer.checkpoint("user", "user found")
        photo = (message.photo or [])[-1]
        timer.checkpoint("photo_info", f"{photo.width}×{photo.height}, {photo.file_size} bytes")
        is_another = await state.get_state() is not None
        await state.set_state(Drawing.choosing)
        await state.set_data({"file_id": photo.file_id})
        timer.checkpoint("state_check", "instead of another photo" if is_another else "ready for a photo")
        await message.answer(f"Which style? You have {user.credits} credits.", reply_markup=menus.PICTURE)
        timer.checkpoint("menu", "menu sent")
