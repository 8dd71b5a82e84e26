import pytest

from botvitals_exporter.sources.census.duty_cycle import DutyCycle


@pytest.mark.parametrize(
    ("pause_seconds", "cpu_seconds", "interval_seconds"),
    [(0.0, 0.0, 10.0), (0.2, 1.0, 10.0), (0.4, 0.4, 25.0), (0.004, 2.0, 25.0), (2.0, 2.0, 125.0)],
)
def test_a_census_takes_two_percent_in_pauses_and_ten_in_processor_time(
    pause_seconds: float, cpu_seconds: float, interval_seconds: float
) -> None:
    cycle = DutyCycle(10.0)
    cycle.spend(pause_seconds, cpu_seconds)
    assert cycle.interval_seconds == pytest.approx(interval_seconds)
    assert pause_seconds <= 0.02 * cycle.interval_seconds
    assert cpu_seconds <= 0.10 * cycle.interval_seconds


def test_a_fixed_interval_stays() -> None:
    cycle = DutyCycle(10.0, is_fixed=True)
    cycle.spend(5.0, 5.0)
    assert cycle.interval_seconds == 10.0


def test_a_cost_that_wavers_does_not_move_the_interval_each_time() -> None:
    cycle = DutyCycle(10.0)
    seen = []
    for pause_seconds in [1.0, 0.9, 1.1, 0.95, 1.2, 0.85, 1.0] * 5:
        cycle.spend(pause_seconds, 0.0)
        seen.append(cycle.interval_seconds)
    assert set(seen) == {62.5}


def test_one_cheap_census_between_dear_ones_changes_nothing() -> None:
    cycle = DutyCycle(10.0)
    for pause_seconds in [1.0, 1.0, 0.01, 1.0, 0.01, 0.01, 1.0]:
        cycle.spend(pause_seconds, 0.0)
    assert cycle.interval_seconds == 62.5


def test_the_interval_shrinks_again_once_censuses_are_cheap_to_the_one_asked_for() -> None:
    cycle = DutyCycle(10.0)
    cycle.spend(1.0, 0.0)
    for _ in range(3):
        cycle.spend(0.4, 0.0)
    assert cycle.interval_seconds == 25.0
    for _ in range(3):
        cycle.spend(0.001, 0.0)
    assert cycle.interval_seconds == 10.0
