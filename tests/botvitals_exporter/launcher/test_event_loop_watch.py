"""Which event loop runs is seen, whoever runs it, and the bot's loops are none the wiser."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from botvitals_exporter.failures import Failures
from botvitals_exporter.launcher.event_loop_watch import EventLoopWatch


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(said: list[str]) -> Iterator[EventLoopWatch]:
    before = asyncio._set_running_loop
    watch = EventLoopWatch(Failures(said.append))
    watch.install()
    yield watch
    asyncio._set_running_loop = asyncio.events._set_running_loop = before


async def running() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_a_loop_is_seen_when_it_starts_and_when_it_ends(watch: EventLoopWatch) -> None:
    seen: list[object] = []
    watch.subscribe(seen.append)
    loop = asyncio.run(running())
    assert seen[0] is loop
    assert seen[-1] is None


def test_a_loop_that_took_the_function_from_asyncio_is_seen(watch: EventLoopWatch) -> None:
    seen: list[object] = []
    watch.subscribe(seen.append)
    set_running_loop = asyncio._set_running_loop  # as uvloop does when it is imported
    loop = asyncio.new_event_loop()
    set_running_loop(loop)
    assert asyncio.get_running_loop() is loop
    set_running_loop(None)
    loop.close()
    assert seen == [loop, None]


def test_a_subscriber_is_called_on_the_thread_of_the_loop(watch: EventLoopWatch) -> None:
    names: list[str] = []
    watch.subscribe(lambda _loop: names.append(threading.current_thread().name))
    thread = threading.Thread(target=asyncio.run, args=[running()], name="loop's own")
    thread.start()
    thread.join()
    assert set(names) == {"loop's own"}


def test_a_subscriber_that_raises_is_noted_and_the_loop_runs(watch: EventLoopWatch, said: list[str]) -> None:
    seen: list[object] = []
    watch.subscribe(lambda _loop: 1 / 0)
    watch.subscribe(seen.append)
    assert asyncio.run(running()) is seen[0]
    assert said == ["event loop: ZeroDivisionError: division by zero"]


def test_who_has_unsubscribed_hears_no_more(watch: EventLoopWatch) -> None:
    seen: list[object] = []
    unsubscribe = watch.subscribe(seen.append)
    unsubscribe()
    unsubscribe()
    asyncio.run(running())
    assert seen == []


def test_installing_twice_tells_once(watch: EventLoopWatch) -> None:
    seen: list[object] = []
    watch.install()
    watch.subscribe(seen.append)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(running())
    loop.close()
    assert seen == [loop, None]


def test_no_loop_is_kept_alive(watch: EventLoopWatch) -> None:
    kept = weakref.ref(asyncio.run(running()))
    gc.collect()
    assert kept() is None
