import pytest

from botvitals_exporter.export_failures import ExportFailures


class World:
    """A clock that is set by hand, and what was said."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.said: list[tuple[float, str]] = []
        self.failures = ExportFailures(lambda line: self.said.append((self.now, line)), clock=lambda: self.now)

    def gaps(self) -> list[float]:
        times = [when for when, _ in self.said]
        return [later - earlier for earlier, later in zip(times, times[1:], strict=False)]


@pytest.fixture
def world():
    return World()


def test_the_first_failure_is_said_at_once(world):
    world.failures.note("metrics", "away")
    assert world.said == [(1000.0, "away")]


def test_every_failure_is_counted_and_a_line_comes_at_most_once_in_20_seconds(world):
    for _second in range(600):
        world.failures.note("metrics", "away")
        world.now += 1
    assert world.failures.counts() == {"metrics": 600}
    assert min(world.gaps()) >= 20
    assert len(world.said) == 5


def test_lines_grow_rarer_until_one_an_hour(world):
    for _minute in range(24 * 60):
        world.failures.note("metrics", "away")
        world.now += 60
    assert world.gaps()[-5:] == [3600] * 5


def test_an_endpoint_that_comes_and_goes_is_said_once_in_20_seconds(world):
    for _second in range(100):
        world.failures.note("metrics", "away")
        world.failures.recovered("metrics")
        world.now += 1
    assert world.gaps() == [20, 20, 20, 20]


def test_signals_are_counted_and_said_apart(world):
    world.failures.note("metrics", "no metrics")
    world.failures.note("traces", "no spans")
    assert [line for _, line in world.said] == ["no metrics", "no spans"]
    assert world.failures.counts() == {"metrics": 1, "traces": 1}


def test_an_expected_signal_exists_at_zero(world):
    world.failures.expect("metrics")
    assert world.failures.counts() == {"metrics": 0}
    world.failures.recovered("traces")
    assert world.failures.counts() == {"metrics": 0}
