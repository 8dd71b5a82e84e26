"""The buttons below the bot's messages."""

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

STYLES = ("oil", "comic", "pixels")


def _menu(*rows: dict[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=text, callback_data=data) for text, data in row.items()] for row in rows
        ]
    )


START = _menu({"💳 Credits": "credits", "❓ Help": "help"})
CREDITS = _menu({"💳 Top up": "top_up"})
PICTURE = _menu({f"🎨 {style}": f"style:{style}" for style in STYLES}, {"✖ Cancel": "cancel"})
CONFIRM = _menu({"✅ Confirm": "confirm", "🎨 Other style": "styles"}, {"✖ Cancel": "cancel"})
