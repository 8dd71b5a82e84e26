"""Child processes that end with the bot, however the bot ends."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HERE = Path(__file__).parents[1]
PATIENCE_SECONDS = 3.0


class Child:
    """A child process that reads lines and writes lines."""

    def __init__(self, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader) -> None:
        self._stdin = stdin
        self._stdout = stdout

    async def read(self) -> str:
        """Return its next line; raise ConnectionError where it has ended."""
        line = await self._stdout.readline()
        if not line:
            raise ConnectionError("the child process has ended")
        return line.decode().strip()

    async def ask(self, line: str) -> str:
        """Write a line and return the line that answers it."""
        self._stdin.write(line.encode() + b"\n")
        return await self.read()


@asynccontextmanager
async def child(*arguments: str) -> AsyncIterator[Child]:
    """Run Python with `arguments` in the bot's folder while the block lasts; the child ends when its stdin does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=HERE,
        # Ctrl+C is for the bot, which still needs its children to end well.
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a child process without pipes")
    try:
        yield Child(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
