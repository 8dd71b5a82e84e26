"""Credits and orders, in SQLite, which is asked in a thread: the event loop does not wait for a disk."""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FIRST_CREDITS = 3
SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, credits INTEGER NOT NULL);
CREATE TABLE orders (id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, carrier TEXT NOT NULL);
"""


class User(NamedTuple):
    """Somebody who uses the bot. A private chat has its user's id."""

    id: int
    credits: int


class Order(NamedTuple):
    """An image that the API is making: for whom, and in which trace."""

    id: str
    user_id: int
    carrier: Mapping[str, str]


class Database:
    """One SQLite file, one statement at a time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript(SCHEMA)
        self._one_at_a_time = asyncio.Lock()

    async def user(self, user_id: int) -> User:
        """Return a user; who is new gets a few credits."""
        await self._run("INSERT OR IGNORE INTO users VALUES (?, ?)", user_id, FIRST_CREDITS)
        [row] = await self._run("SELECT id, credits FROM users WHERE id = ?", user_id)
        return User(*row)

    async def add_credits(self, user_id: int, change: int) -> None:
        """Give credits, or take them where the number is negative."""
        await self._run("UPDATE users SET credits = credits + ? WHERE id = ?", change, user_id)

    async def add_order(self, order: Order) -> None:
        """Keep an order until its image comes."""
        await self._run("INSERT INTO orders VALUES (?, ?, ?)", order.id, order.user_id, json.dumps(dict(order.carrier)))

    async def order(self, order_id: str) -> Order | None:
        """Return an order that still waits for its image."""
        rows = await self._run("SELECT id, user_id, carrier FROM orders WHERE id = ?", order_id)
        return Order(rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    async def remove_order(self, order_id: str) -> None:
        """Forget an order."""
        await self._run("DELETE FROM orders WHERE id = ?", order_id)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    async def _run(self, statement: str, *values: object) -> list[Any]:
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._run_here, statement, values)

    def _run_here(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        with self._connection:
            return self._connection.execute(statement, values).fetchall()
