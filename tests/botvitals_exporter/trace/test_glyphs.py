import pytest

from botvitals_exporter.trace.glyphs import duration_text, glyphs_for


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.00042, "0.42 ms"),
        (0.00994, "9.94 ms"),
        (0.00999, "10 ms"),
        (0.312, "312 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.000 s"),
        (4.2134, "4.213 s"),
        (9.9996, "10.00 s"),
        (99.99, "99.99 s"),
        (99.999, "1m 40s"),
        (182, "3m 02s"),
        (5999.6, "1h 40m"),
        (93_900, "26h 05m"),
        (10**9, "11574d"),
    ],
)
def test_a_duration_is_written_in_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert duration_text(seconds * 1e9) == text


def test_an_output_that_lacks_our_signs_gets_plain_ones() -> None:
    assert glyphs_for("utf-8").segment == "█"
    for encoding in ("ascii", "latin-1", "cp936", "no such encoding"):
        "".join(getattr(glyphs_for(encoding), name) for name in type(glyphs_for(encoding)).__slots__).encode("ascii")
