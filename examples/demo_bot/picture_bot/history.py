"""What was said, and the prompts that are made of it. With the leak switched on, no prompt is ever forgotten."""

import time
from collections import deque
from dataclasses import dataclass, replace

KEPT_MESSAGES = 20
LAST_WEEKS_PROMPTS = 2_500


@dataclass(slots=True)
class ChatMessage:
    """What somebody wrote, or what the bot answered."""

    user_id: int
    message_id: int
    sent_at: float
    is_answer: bool
    text: str
    language: str = "en"
    reply_to: int | None = None
    edited_at: float | None = None


class History:
    """What was said last; with `is_leaking` also every prompt that was ever made of it, from last week on."""

    def __init__(self, *, is_leaking: bool) -> None:
        self._said: deque[ChatMessage] = deque(maxlen=KEPT_MESSAGES)
        self._prompts: list[list[ChatMessage]] = []
        self._is_leaking = is_leaking
        if is_leaking:
            for number in range(KEPT_MESSAGES):
                self.add(ChatMessage(number, number, time.time(), is_answer=False, text=f"message {number}"))
            for _ in range(LAST_WEEKS_PROMPTS):
                self.prompt()

    def add(self, message: ChatMessage) -> None:
        """Remember a message."""
        self._said.append(message)

    def prompt(self) -> list[ChatMessage]:
        """Return copies of what was said last, for the language model to read."""
        prompt = [replace(message) for message in self._said]
        if self._is_leaking:
            # Somebody wanted to look at them once. This is the leak that botvitals shows.
            self._prompts.append(prompt)
        return prompt
