import threading

from botvitals_exporter.readings import ThreadReading
from botvitals_exporter.sources.threads import ThreadsSource


class Nameless(threading.Thread):
    @property
    def name(self) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


def test_threads_are_told_with_name_and_kind_and_without_secrets() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="poller token=hunter2", daemon=True)
    thread.start()
    try:
        threads = ThreadsSource().read().threads
    finally:
        end.set()
        thread.join()
    assert threads[0] == ThreadReading(threading.main_thread().name, daemon=False, alive=True)
    assert ThreadReading("poller token=***", daemon=True, alive=True) in threads
    assert all(reading.name != "poller token=***" for reading in ThreadsSource().read().threads)


def test_a_thread_whose_name_raises_is_listed_by_its_class() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    thread.__class__ = Nameless
    try:
        names = [reading.name for reading in ThreadsSource().read().threads]
    finally:
        thread.__class__ = threading.Thread
        end.set()
        thread.join()
    assert names.count("Nameless") == 1
