"""Who wants to hear of finished operations."""

from collections.abc import Callable
from threading import RLock

from botvitals.log_lines import LogLines
from botvitals.operation import Operation

Subscriber = Callable[[Operation], None]


class Subscribers:
    """Hands each operation to every subscriber, in the thread that ended it; one that raises is logged and counted."""

    def __init__(self, log: LogLines) -> None:
        self.failures = 0
        self._log = log
        self._lock = RLock()
        self._entries: tuple[tuple[Subscriber], ...] = ()

    def add(self, subscriber: Subscriber) -> Callable[[], None]:
        """Let `subscriber` hear of operations from now on; calling the result, once or more, ends that."""
        # An entry of its own: the same function may subscribe twice, and each undoing ends one of the two.
        entry = (subscriber,)
        with self._lock:
            self._entries = (*self._entries, entry)

        def unsubscribe() -> None:
            with self._lock:
                self._entries = tuple(other for other in self._entries if other is not entry)

        return unsubscribe

    def hand_on(self, operation: Operation) -> None:
        """Call every subscriber with `operation`."""
        for (subscriber,) in self._entries:
            try:
                subscriber(operation)
            except Exception as error:  # noqa: BLE001 - whatever a subscriber meets, the bot goes on
                self.failures += 1
                self._log.failed(f"subscriber {getattr(subscriber, '__qualname__', type(subscriber).__name__)}", error)

    def forget_all(self) -> None:
        """Begin anew in a forked child: the subscribers are the parent's, and so may be the locks that they hold."""
        self.failures = 0
        self._lock = RLock()
        self._entries = ()
