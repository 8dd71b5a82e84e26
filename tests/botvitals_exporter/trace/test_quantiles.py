from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.trace.quantiles import Durations


def durations(*values: int) -> Durations:
    counted = Durations()
    for value in values:
        counted.add(value)
    return counted


def test_of_none_a_quantile_is_nothing() -> None:
    assert durations().quantile(0.5) == 0


def test_of_one_every_quantile_is_that_one() -> None:
    assert [durations(123_456_789).quantile(share) for share in (0.5, 0.95)] == [123_456_789] * 2


@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_a_quantile_is_within_one_percent_of_the_exact_one(values: list[int], share: float) -> None:
    exact = sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]
    assert abs(durations(*values).quantile(share) - exact) <= 0.0101 * exact + 1


def test_a_million_different_durations_take_a_bounded_number_of_buckets() -> None:
    counted = durations(*range(1, 10**15, 10**10))
    assert counted.count == 100_000
    assert len(counted._buckets) < 2_200
