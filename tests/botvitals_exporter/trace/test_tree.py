from botvitals_exporter.trace.spans import Segment
from botvitals_exporter.trace.tree import rows_of
from support_recorded_spans import span


def outline(rows) -> list[tuple[int, str]]:
    return [(row.depth, row.part.name) for row in rows]


def test_children_stand_below_their_parents_among_its_segments_by_when_they_began() -> None:
    segments = (Segment("user", 0, 10), Segment("call", 10, 80), Segment("end", 80, 90))
    spans = [
        span("webhook", 500, 600, "confirm"),
        span("post", 20, 70, "api"),
        span("api", 15, 75, "confirm"),
        span("confirm", 0, 90, segments=segments),
    ]
    rows = rows_of(spans)
    assert outline(rows) == [
        (0, "confirm"),
        (1, "user"),
        (1, "call"),
        (1, "api"),
        (2, "post"),
        (1, "end"),
        (1, "webhook"),
    ]
    assert [row.part.name for row in rows if row.is_slowest] == ["call"]


def test_a_span_whose_parent_was_not_recorded_is_a_root() -> None:
    assert outline(rows_of([span("b", 5, 9, "elsewhere"), span("a", 0, 3)])) == [(0, "a"), (0, "b")]


def test_only_what_is_below_the_head_is_there_when_one_is_given() -> None:
    spans = [
        span("main", 0, 100),
        span("click", 5, 9, "main"),
        span("inner", 6, 8, "click"),
        span("other", 7, 9, "main"),
    ]
    assert outline(rows_of(spans, "click")) == [(0, "click"), (1, "inner")]
    assert rows_of(spans, "gone") == []


def test_spans_in_a_circle_are_each_there_once() -> None:
    spans = [span("a", 0, 3, "b"), span("b", 1, 2, "a"), span("self", 5, 6, "self")]
    assert sorted(name for _, name in outline(rows_of(spans))) == ["a", "b", "self"]


def test_a_chain_of_a_thousand_spans_is_no_trouble() -> None:
    chain = [span(str(number), number, 2000, str(number - 1)) for number in range(1000)]
    assert outline(rows_of(chain))[-1] == (999, "999")
