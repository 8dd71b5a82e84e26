import pytest

from botvitals_exporter.plot.units import unit_for

MB, GB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 KB"),
        (512, "0.50 KB"),
        (928 * 1024, "928 KB"),
        (45.23 * MB, "45.2 MB"),
        (MB, "1.00 MB"),
        (3 * GB, "3.00 GB"),
        (2**63, "8.00 EB"),
    ],
)
def test_memory_is_told_in_the_unit_that_makes_it_short(size: float, text: str) -> None:
    assert unit_for("bytes", size).format(size) == text


def test_counts_are_whole_numbers() -> None:
    assert unit_for("count", 125_843).format(125_843) == "125,843"
