"""What was said. With the leak switched on, nothing of it is ever forgotten."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

KEPT_PER_USER = 20
LAST_WEEKS_MESSAGES = 30_000
LAST_WEEKS_USERS = 500


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
    """What each user and the bot said last; with `is_leaking` all that they ever said, from last week on."""

    def __init__(self, *, is_leaking: bool) -> None:
        kept = None if is_leaking else KEPT_PER_USER
        self._by_user: defaultdict[int, deque[ChatMessage]] = defaultdict(lambda: deque(maxlen=kept))
        for message in last_week():
            self.add(message)

    def add(self, message: ChatMessage) -> None:
        """Remember a message."""
        self._by_user[message.user_id].append(message)


def last_week() -> Iterator[ChatMessage]:
    """Make up what was said before the bot was started."""
    sent_at = time.time()
    for number in range(LAST_WEEKS_MESSAGES):
        yield ChatMessage(number % LAST_WEEKS_USERS, number, sent_at, is_answer=False, text=f"message {number}")
