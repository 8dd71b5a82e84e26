from hypothesis import given
from hypothesis import strategies as st

from botvitals_exporter.trace import slowest
from botvitals_exporter.trace.slowest import Slowest, Trace
from support_recorded_spans import span


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 1000)), max_size=60), st.integers(1, 4))
def test_the_slowest_are_those_that_a_sort_of_everything_finds(added: list[tuple[int, int]], number: int) -> None:
    kept = Slowest(number)
    longest: dict[int, int] = {}
    for key, duration in added:
        kept.add((str(key), ""), duration)
        longest[key] = max(duration, longest.get(key, 0))
    expected = sorted(longest.values(), reverse=True)[:number]
    assert [longest[int(key)] for key, _ in kept.ranking()] == expected


def test_a_span_whose_export_was_repeated_is_there_once() -> None:
    trace = Trace()
    trace.add(span("a", 0, 5))
    trace.add(span("a", 0, 5))
    assert [kept.span_id for kept in trace.spans] == ["a"]


def test_of_a_trace_with_too_many_spans_the_longest_stay(monkeypatch) -> None:
    monkeypatch.setattr(slowest, "MOST_SPANS", 3)
    trace = Trace()
    for number in range(10):
        trace.add(span(str(number), 0, 1 + number))
    assert sorted(kept.span_id for kept in trace.spans) == ["7", "8", "9"]
    assert trace.left_out == 7
