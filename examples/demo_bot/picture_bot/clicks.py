"""A button is clicked: who, in which state, which button, and what it does."""

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiogram import Router
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from opentelemetry.trace import SpanKind

from botvitals import get_performance_monitor
from picture_bot import menus
from picture_bot.database import Database
from picture_bot.states import Drawing

TOP_UP_CREDITS = 5

commands = Router()
router = Router()
monitor = get_performance_monitor()


class Click(NamedTuple):
    """What a button needs to know of the click."""

    user_id: int
    message: Message
    argument: str
    state: FSMContext
    database: Database


@commands.message(CommandStart())
async def started(message: Message) -> None:
    """Greet."""
    await message.answer("Send me a photo and I redraw it, or just write to me.", reply_markup=menus.START)


@router.callback_query()
async def button_clicked(query: CallbackQuery, state: FSMContext, database: Database) -> None:
    """Do what a button says; confirming an image has a handler of its own."""
    operation_id = f"button_click_{query.from_user.id}_{int(time.time())}"
    async with monitor.async_timer(operation_id, "a button is clicked", kind=SpanKind.CONSUMER) as timer:
        has_photo = await state.get_state() is not None
        timer.checkpoint("user_state", "user state checked")
        name, _, argument = (query.data or "").partition(":")
        handler = BUTTONS[name] if has_photo or name not in NEED_A_PHOTO else ask_for_a_photo
        timer.checkpoint("dispatch", "handler found")
        await query.answer()
        if isinstance(query.message, Message):
            await handler(Click(query.from_user.id, query.message, argument, state, database))
        timer.checkpoint("handler", "handler done")


async def show_help(click: Click) -> None:
    """Say what the bot does."""
    await click.message.edit_text("A photo becomes an image in the style you choose, for one credit.")


async def show_credits(click: Click) -> None:
    """Say how many credits are left."""
    user = await click.database.user(click.user_id)
    await click.message.edit_text(f"You have {user.credits} credits.", reply_markup=menus.CREDITS)


async def top_up(click: Click) -> None:
    """Give credits; nobody pays here."""
    await click.database.add_credits(click.user_id, TOP_UP_CREDITS)
    await click.message.edit_text(f"{TOP_UP_CREDITS} credits for you. Send me a photo!")


async def show_styles(click: Click) -> None:
    """Ask for the style again."""
    await click.state.set_state(Drawing.choosing)
    await click.message.edit_text("Which style?", reply_markup=menus.PICTURE)


async def choose_style(click: Click) -> None:
    """Remember the style, and ask whether it is meant."""
    await click.state.update_data(style=click.argument)
    await click.state.set_state(Drawing.confirming)
    await click.message.edit_text(f"Redraw it as {click.argument}, for one credit?", reply_markup=menus.CONFIRM)


async def cancel(click: Click) -> None:
    """Forget the photo."""
    await click.state.clear()
    await click.message.edit_text("Never mind.")


async def ask_for_a_photo(click: Click) -> None:
    """Say that there is no photo any more."""
    await click.message.edit_text("That was long ago. Send me a photo!")


BUTTONS: dict[str, Callable[[Click], Awaitable[None]]] = {
    "help": show_help,
    "credits": show_credits,
    "top_up": top_up,
    "styles": show_styles,
    "style": choose_style,
    "cancel": cancel,
}
NEED_A_PHOTO = {"styles", "style"}
