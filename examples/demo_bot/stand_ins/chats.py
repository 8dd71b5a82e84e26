"""What Telegram knows: the updates that wait for the bot, messages, files, and who waits for the bot's answer."""

import asyncio
import itertools
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from stand_ins.pictures import SIZE

Json = dict[str, Any]
BOT: Json = {"id": 7_001_002_003, "is_bot": True, "first_name": "Demo", "username": "botvitals_demo_bot"}
# A run of weeks must not grow here: the bot's leak is the one to find.
KEPT_MESSAGES = 2_000
KEPT_FILES = 200


class Person(NamedTuple):
    """Somebody who has a private chat with the bot; the chat has the person's id."""

    id: int
    name: str

    @property
    def user(self) -> Json:
        """The person as the Bot API shows it."""
        return {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": "en"}

    @property
    def chat(self) -> Json:
        """The chat as the Bot API shows it."""
        return {"id": self.id, "type": "private", "first_name": self.name}


class Chats:
    """All private chats with one bot: people write and click, which makes updates; it answers into their inboxes."""

    def __init__(self) -> None:
        self.files: OrderedDict[str, bytes] = OrderedDict()
        self.messages: OrderedDict[tuple[int, int], Json] = OrderedDict()
        self.open_clicks: OrderedDict[str, None] = OrderedDict()
        self.updates: deque[Json] = deque()
        self.has_news = asyncio.Event()
        self._inboxes: dict[int, asyncio.Queue[Json]] = {}
        self._people: set[int] = set()
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(1)

    @contextmanager
    def inbox(self, person: Person) -> Iterator[asyncio.Queue[Json]]:
        """Give what the bot sends to this person, or changes, while the block lasts."""
        self._people.add(person.id)
        inbox: asyncio.Queue[Json] = asyncio.Queue()
        self._inboxes[person.id] = inbox
        try:
            yield inbox
        finally:
            del self._inboxes[person.id]

    def knows(self, chat_id: int) -> bool:
        """Return whether this person has ever opened a chat with the bot: a bot cannot begin one."""
        return chat_id in self._people

    def write(self, person: Person, text: str) -> None:
        """Let a person write to the bot."""
        content: Json = {"text": text}
        if text.startswith("/"):
            content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text)}]
        self._update("message", self.new_message(person.chat, person.user, content))

    def send_photo(self, person: Person, photo: bytes) -> None:
        """Let a person send a photo."""
        self._update("message", self.new_message(person.chat, person.user, self.photo_content(photo)))

    def click(self, person: Person, message: Json, data: str, *, is_too_old: bool) -> None:
        """Let a person press a button below a message; the bot can no longer answer a click that is too old."""
        click_id = str(secrets.randbits(62))
        if not is_too_old:
            self._keep(self.open_clicks, click_id, None, KEPT_MESSAGES)
        content = {"id": click_id, "from": person.user, "chat_instance": "1", "data": data, "message": message}
        self._update("callback_query", content)

    def deliver(self, message: Json) -> None:
        """Show a message of the bot to the person it is for, if that person looks."""
        inbox = self._inboxes.get(message["chat"]["id"])
        if inbox is not None:
            inbox.put_nowait(message)

    def new_message(self, chat: Json, sender: Json, content: Json) -> Json:
        """Return a new message, and remember it."""
        message_id = next(self._message_ids)
        message = {"message_id": message_id, "date": int(time.time()), "chat": chat, "from": sender, **content}
        self._keep(self.messages, (chat["id"], message_id), message, KEPT_MESSAGES)
        return message

    def photo_content(self, photo: bytes) -> Json:
        """Return what a message says of a photo, and keep the file."""
        file_id = secrets.token_urlsafe(24)
        self._keep(self.files, file_id, photo, KEPT_FILES)
        size = {"file_id": file_id, "file_unique_id": file_id[:12], "width": SIZE, "height": SIZE}
        return {"photo": [{**size, "file_size": len(photo)}]}

    def _update(self, kind: str, content: Json) -> None:
        self.updates.append({"update_id": next(self._update_ids), kind: content})
        self.has_news.set()

    @staticmethod
    def _keep(kept: OrderedDict[Any, Any], key: object, value: object, most: int) -> None:
        kept[key] = value
        if len(kept) > most:
            kept.popitem(last=False)
