"""The event loop is found without being asked for: by `start()`, and by `botvitals objects` whatever loop it is."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from botvitals_exporter.library import start
from support_programs import BOTVITALS, eventually, free_port, get, running

BOT = """
import asyncio
{imports}
async def main():
    await asyncio.sleep(600)

if __name__ == "__main__":
    {module}.run(main())
"""


def published(registry: CollectorRegistry) -> tuple[float | None, float | None]:
    return (
        registry.get_sample_value("botvitals_event_loop_lag_seconds_count"),
        registry.get_sample_value("botvitals_event_loop_tasks"),
    )


async def published_in_a_while(registry: CollectorRegistry) -> tuple[float | None, float | None]:
    for _ in range(200):
        if published(registry)[1] is not None:
            break
        await asyncio.sleep(0.05)
    return published(registry)


def test_start_watches_the_running_loop() -> None:
    async def bot() -> tuple[float | None, float | None]:
        registry = CollectorRegistry()
        with start(port=None, registry=registry, interval=0.05, engine="inline"):
            return await published_in_a_while(registry)

    count, tasks = asyncio.run(bot())
    assert (count or 0) >= 1
    assert tasks == 1


def test_start_watches_the_loop_that_it_is_given() -> None:
    registry = CollectorRegistry()
    with (
        asyncio.Runner() as runner,
        start(port=None, registry=registry, interval=0.05, engine="inline", loop=runner.get_loop()),
    ):
        assert published(registry) == (None, None)
        count, tasks = runner.run(published_in_a_while(registry))
    assert (count or 0) >= 1
    assert tasks == 1


def test_a_later_start_from_within_a_loop_has_it_watched() -> None:
    registry = CollectorRegistry()

    async def bot() -> tuple[float | None, float | None]:
        start()
        return await published_in_a_while(registry)

    with start(port=None, registry=registry, interval=0.05, engine="inline"):
        count, tasks = asyncio.run(bot())
    assert (count or 0) >= 1
    assert tasks == 1


def test_what_is_no_loop_is_a_wrong_argument() -> None:
    with pytest.raises(ValueError, match="'main' is not an event loop"):
        start(port=None, loop="main")  # type: ignore[arg-type]


@pytest.mark.parametrize("module", ["asyncio", "uvloop"])
def test_objects_finds_the_loop_of_a_bot(module: str, tmp_path: Path) -> None:
    pytest.importorskip(module)
    bot = tmp_path / "bot.py"
    bot.write_text(BOT.format(imports=f"import {module}", module=module))
    port = free_port()
    with running(*BOTVITALS, "objects", "--interval", "0.2", "--port", str(port), "--quiet", str(bot)):
        eventually(
            lambda: "\nbotvitals_event_loop_tasks 1.0\n" in get(f"http://127.0.0.1:{port}/metrics"),
            "the loop's tasks are published",
        )


def test_a_bot_without_a_loop_has_no_series_of_one(tmp_path: Path) -> None:
    bot = tmp_path / "bot.py"
    bot.write_text("import time\ndef main(): time.sleep(600)\n")
    port = free_port()
    with running(*BOTVITALS, "objects", "--interval", "0.2", "--port", str(port), "--quiet", str(bot)):
        up = 'botvitals_collector_up{collector="event_loop"} 1.0'
        eventually(lambda: up in get(f"http://127.0.0.1:{port}/metrics"), "the source is read")
        assert "event_loop_lag" not in get(f"http://127.0.0.1:{port}/metrics")
