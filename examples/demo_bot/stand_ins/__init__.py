"""The world outside the demo bot, made up: a Telegram Bot API, the people who use it, and an image-generation API."""
