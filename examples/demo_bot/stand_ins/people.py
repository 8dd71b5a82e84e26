"""Made-up people: every now and then one comes by, writes or sends a photo, and presses buttons at random."""

import asyncio
import random
from typing import Any

from stand_ins.chats import Chats, Json, Person
from stand_ins.pictures import picture

NAMES = ("Ada", "Bo", "Chen", "Dina", "Emil", "Fatima", "Goran", "Hana", "Igor", "Jun")
PEOPLE = tuple(Person(500_100_200 + 37 * n, NAMES[n % len(NAMES)]) for n in range(200))
TOPICS = ("foxes", "tea", "the sea", "trains", "a red house", "old maps", "rain", "winter in Oslo")
# How often a visit begins with /start, with a text and with a photo.
BEGINNINGS = (1, 4, 5)
MOST_CLICKS = 8
PATIENCE_SECONDS = 15.0


class People:
    """Two hundred people and their dice: `every` seconds one of them begins a visit, with `errors` clicks too late."""

    def __init__(self, chats: Chats, dice: random.Random, *, every: float, errors: float) -> None:
        self._chats = chats
        self._dice = dice
        self._every = every
        self._errors = errors
        self._away = set(PEOPLE)

    async def come_and_go(self) -> None:
        """Visit the bot, again and again, many at a time."""
        async with asyncio.TaskGroup() as visits:
            while True:
                await asyncio.sleep(self._dice.expovariate(1 / self._every))
                if self._away:
                    person = self._dice.choice(sorted(self._away))
                    visits.create_task(self._visit(person, random.Random(self._dice.random())))

    async def _visit(self, person: Person, dice: random.Random) -> None:
        self._away.remove(person)
        with self._chats.inbox(person) as inbox:
            self._begin(person, dice)
            for _ in range(MOST_CLICKS):
                try:
                    message = await asyncio.wait_for(inbox.get(), PATIENCE_SECONDS)
                except TimeoutError:
                    break
                buttons = _buttons(message)
                if not buttons:
                    break
                await asyncio.sleep(self._every * dice.uniform(0.4, 2))
                is_too_old = dice.random() < self._errors
                self._chats.click(person, message, dice.choice(buttons)["callback_data"], is_too_old=is_too_old)
        self._away.add(person)

    def _begin(self, person: Person, dice: random.Random) -> None:
        [beginning] = dice.choices(("start", "text", "photo"), BEGINNINGS)
        if beginning == "photo":
            self._chats.send_photo(person, picture(dice))
        else:
            self._chats.write(person, "/start" if beginning == "start" else f"Tell me about {dice.choice(TOPICS)}")


def _buttons(message: Json) -> list[dict[str, Any]]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]
