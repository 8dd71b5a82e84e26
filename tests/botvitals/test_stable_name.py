import pytest
from hypothesis import given
from hypothesis import strategies as st

from botvitals.stable_name import stable_name


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("button_click_12345_1757421666", "button_click"),
        ("face_swap_9", "face_swap"),
        ("order-550e8400-e29b-41d4-a716-446655440000", "order"),
        ("550e8400-e29b-41d4-a716-446655440000/order", "order"),
        ("job.deadbeef1", "job"),
        ("job.deadbeef", "job.deadbeef"),
        ("job.abc123", "job.abc123"),
        ("user:77:photo", "user:photo"),
        ("bot_123456789.py", "bot.py"),
        ("chromadb.server", "chromadb.server"),
        ("用户_42_图片", "用户_图片"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_what_changes_falls_away_and_what_stays_is_kept(text: str, stable: str) -> None:
    assert stable_name(text) == stable


@given(st.text(max_size=60))
def test_a_stable_name_is_stable(text: str) -> None:
    assert stable_name(stable_name(text)) == stable_name(text)
