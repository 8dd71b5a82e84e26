"""Where a user is on the way from a photo to an image."""

from aiogram.fsm.state import State, StatesGroup


class Drawing(StatesGroup):
    """A photo was sent; then a style was chosen."""

    choosing = State()
    confirming = State()
