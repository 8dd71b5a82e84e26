import pytest

from botvitals_exporter.metric import LABEL_LENGTH, Metric, safe_label

GAUGE = Metric("botvitals_things", "gauge", "Things", labels=("kind",))


def test_a_label_ends_at_120_characters():
    assert safe_label("x" * 500) == "x" * LABEL_LENGTH


def test_a_lone_surrogate_is_replaced():
    assert safe_label("a\ud800b") == "a?b"


def test_a_label_of_any_script_stays_as_it_is():
    assert safe_label("消息 🧵") == "消息 🧵"


def test_a_secret_that_the_cut_would_split_is_taken_out_whole():
    token = "123456789:" + "A" * 35
    assert "AAAA" not in safe_label("x" * 90 + " " + token)


def test_values_whose_labels_come_out_alike_are_added_up():
    samples = GAUGE.family([(("x" * 121,), 1), (("x" * 122,), 2)]).samples
    assert [(sample.labels, sample.value) for sample in samples] == [({"kind": "x" * 120}, 3.0)]


def test_what_is_no_number_raises_where_the_family_is_made():
    with pytest.raises(ValueError, match="many"):
        GAUGE.family([(("a",), "many")])  # type: ignore[list-item]


def test_too_few_label_values_raise():
    with pytest.raises(ValueError, match="argument"):
        GAUGE.family([((), 1)])
