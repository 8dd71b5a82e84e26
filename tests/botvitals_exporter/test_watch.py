from collections.abc import Iterator

from botvitals_exporter.failures import Failures
from botvitals_exporter.watch import Watch


class GoneError(Exception):
    pass


def reader(*outcomes: object) -> "Iterator[object]":
    yield from outcomes


def watch_of(*outcomes: object, failures: Failures | None = None) -> Watch[object]:
    outcome = reader(*outcomes)

    def read() -> object:
        seen = next(outcome)
        if isinstance(seen, Exception):
            raise seen
        return seen

    return Watch("threads", read, failures or Failures(print), gone=(GoneError,))


def test_nothing_is_known_before_the_first_reading() -> None:
    watch = watch_of(7)
    assert (watch.last, watch.up) == (None, None)


def test_the_last_reading_is_kept() -> None:
    watch = watch_of(7, 8)
    assert watch.refresh() == 7
    assert watch.refresh() == 8
    assert (watch.last, watch.up) == (8, True)


def test_a_reading_that_fails_leaves_nothing_stale_and_is_noted() -> None:
    said: list[str] = []
    failures = Failures(said.append)
    watch = watch_of(7, OSError("denied"), 9, failures=failures)
    watch.refresh()
    assert watch.refresh() is None
    assert (watch.last, watch.up) == (None, False)
    assert said == ["threads: OSError: denied"]
    assert failures.counts() == {"threads": 1}
    assert watch.refresh() == 9
    assert watch.up is True


def test_a_source_that_is_gone_is_down_but_no_failure() -> None:
    failures = Failures(print)
    watch = watch_of(GoneError(), failures=failures)
    watch.refresh()
    assert (watch.last, watch.up) == (None, False)
    assert failures.counts() == {}


def test_an_error_that_cannot_say_what_it_is_does_not_get_out() -> None:
    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    said: list[str] = []
    watch = watch_of(SpeechlessError(), failures=Failures(said.append))
    watch.refresh()
    assert said == ["threads: SpeechlessError"]


def test_how_long_a_reading_took_is_told_also_where_it_failed() -> None:
    moments = iter((1.0, 1.5, 2.0, 2.25))

    def fail() -> None:
        raise OSError

    watch = Watch("threads", fail, Failures(lambda line: None), clock=lambda: next(moments))
    watch.refresh()
    assert watch.duration_seconds == 0.5
    watch.refresh()
    assert watch.duration_seconds == 0.25
