"""An image is confirmed: credits are taken, and the image is ordered. It comes later, by the webhook."""

import time
from uuid import uuid4

from aiogram import Bot, F, Router
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor
from picture_bot import menus
from picture_bot.database import Database, Order
from picture_bot.image_api import ImageApi

PRICE_CREDITS = 1

router = Router()
monitor = get_performance_monitor()


@router.callback_query(F.data == "confirm")
async def confirmed(
    query: CallbackQuery, bot: Bot, state: FSMContext, database: Database, image_api: ImageApi, webhook_url: str
) -> None:
    """Order the image that the user has confirmed."""
    operation_id = f"confirm_generation_{query.from_user.id}_{int(time.time())}"
    async with monitor.async_timer(operation_id, "an image is confirmed", kind=SpanKind.CONSUMER) as timer:
        await query.answer()
        user = await database.user(query.from_user.id)
        timer.checkpoint("user", "user found")
        timer.checkpoint("credits_check", f"{user.credits} credits")
        if user.credits < PRICE_CREDITS:
            await show(query, "You have no credits left.", menus.CREDITS)
            return
        wanted = await state.get_data()
        file_id = wanted["file_id"]
        timer.checkpoint("file_id", "photo known")
        await database.add_credits(user.id, -PRICE_CREDITS)
        timer.checkpoint("credits_taken", f"{PRICE_CREDITS} credits taken")
        order_id = uuid4().hex
        try:
            photo = await download(bot, file_id)
            timer.checkpoint("download", f"{len(photo)} bytes")
            await image_api.order(photo, wanted["style"], f"{webhook_url}/{order_id}", user.id)
        except Exception:
            await database.add_credits(user.id, PRICE_CREDITS)
            raise
        timer.checkpoint("api_call", "image ordered")
        # The webhook comes back much later, perhaps after a restart: with this the trace goes on.
        await database.add_order(Order(order_id, user.id, monitor.carrier(operation_id)))
        timer.checkpoint("database", "order stored")
        await state.clear()
        timer.checkpoint("state_cleared", "ready for another photo")
        await show(query, "It is being painted…")


async def download(bot: Bot, file_id: str) -> bytes:
    """Return a file that was sent to the bot."""
    file = await bot.download(file_id)
    return b"" if file is None else file.read()


async def show(query: CallbackQuery, text: str, menu: InlineKeyboardMarkup | None = None) -> None:
    """Say it in the message whose button was clicked."""
    if isinstance(query.message, Message):
        await query.message.edit_text(text, reply_markup=menu)
