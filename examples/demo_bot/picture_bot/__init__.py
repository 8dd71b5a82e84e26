"""A Telegram bot that redraws photos and chats about what it remembers; all that it does is timed."""
