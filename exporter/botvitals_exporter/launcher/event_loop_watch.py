"""Which asyncio event loop runs: seen at the moment when asyncio, or a loop in its place, sets it running."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress

from botvitals_exporter.failures import Failures

Subscriber = Callable[[AbstractEventLoop | None], object]


class EventLoopWatch:
    """Tells its subscribers each loop that is set running, and None when it stops, on the loop's own thread.

    It keeps no loop itself. A subscriber that raises is noted in `failures`, and the bot's loop never notices.
    """

    def __init__(self, failures: Failures) -> None:
        self._failures = failures
        self._subscribers: tuple[Subscriber, ...] = ()
        self._is_installed = False

    def install(self) -> None:
        """Begin to watch. Must come before the bot imports uvloop, which keeps the function that it finds in asyncio.

        `asyncio._set_running_loop` exists for loops that are not asyncio's own to call; it is wrapped here in both
        places where they look it up, and does all that it did. Installing twice is installing once.
        """
        if self._is_installed:
            return
        self._is_installed = True
        set_running_loop = asyncio.events._set_running_loop

        def watched(loop: AbstractEventLoop | None, /) -> None:
            set_running_loop(loop)
            for subscriber in self._subscribers:
                self._tell(subscriber, loop)

        asyncio.events._set_running_loop = asyncio._set_running_loop = watched

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` from now on; what is returned ends that, and may be called twice."""
        self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            remaining = list(self._subscribers)
            with suppress(ValueError):
                remaining.remove(subscriber)
            self._subscribers = tuple(remaining)

        return unsubscribe

    def _tell(self, subscriber: Subscriber, loop: AbstractEventLoop | None) -> None:
        try:
            subscriber(loop)
        except Exception as error:  # noqa: BLE001 - raised here it would end the bot's event loop
            self._failures.note("event_loop", f"event loop: {type(error).__name__}: {error}", kind=type(error).__name__)
