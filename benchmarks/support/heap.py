"""A bot's heap of a given size: chats with their last messages, as they came in, and the people who wrote them."""

import random

from botvitals_exporter.sources.census.walk import count_heap

MESSAGES_EACH = 50
MEMBERS_EACH = 6


class User:
    """Somebody who writes; of him there are many, so he has slots."""

    __slots__ = ("name", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.name = f"用户 {number}"


class Reaction:
    """What somebody thought of a message."""

    __slots__ = ("emoji", "user")

    def __init__(self, user: User, emoji: str) -> None:
        self.user = user
        self.emoji = emoji


class Message:
    """What a chat bot keeps most of: the heap's own class, which every way of counting must find."""

    def __init__(self, number: int, sender: User, text: str) -> None:
        self.sender = sender
        self.reaction = Reaction(sender, "👍")
        self.payload = {
            "role": "user",
            "content": text,
            "time": 1_757_421_666.0 + number,
            "tokens": 1_000 + number,
            "attachments": [f"file-{number:08x}"],
        }


OBJECTS_OF_A_MESSAGE = 8
"""Itself, the reaction, the dict with a text, a float and a number, the list and what is in it."""


class Chat:
    """A conversation that the bot remembers the end of."""

    def __init__(self, number: int) -> None:
        self.number = 1_000_000 + number
        self.title = f"chat {number}"
        self.settings = {"language": "zh", "muted": False}
        self.members = [User(10_000 + MEMBERS_EACH * number + place) for place in range(MEMBERS_EACH)]
        self.messages: list[Message] = []


OBJECTS_OF_A_CHAT = 6 + 3 * MEMBERS_EACH + OBJECTS_OF_A_MESSAGE * MESSAGES_EACH
"""With its people and a full list of messages."""


def text_of(number: int) -> str:
    """Return what somebody wrote, of a length that differs from one message to the next."""
    return f"message {number}: " + "could you draw me a cat on the moon? " * (number % 5)


def chats_for(objects: int) -> int:
    """Return how many chats make a process like this one hold about `objects` objects in all; at least one."""
    here_already = sum(count.objects for count in count_heap().types())
    return max(1, (objects - here_already) // OBJECTS_OF_A_CHAT)


def build(number_of_chats: int) -> list[Chat]:
    """Return so many chats.

    The messages come in as they do in life, to any chat: those of one chat do not lie side by side.
    """
    chats = [Chat(number) for number in range(number_of_chats)]
    chance = random.Random(5)
    coming = [chat for chat in chats for _ in range(MESSAGES_EACH)]
    chance.shuffle(coming)
    for number, chat in enumerate(coming):
        chat.messages.append(Message(number, chance.choice(chat.members), text_of(number)))
    return chats
