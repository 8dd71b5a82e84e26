import pytest

from botvitals.language import choose_language


@pytest.mark.parametrize(
    ("explicit", "environ", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh"}, "zh"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "en_US"}, "zh"),
        (None, {"LC_MESSAGES": "en_US", "LANG": "zh_CN"}, "en"),
        (None, {"BOTVITALS_LANG": "zh", "LC_ALL": "en_US"}, "zh"),
        (None, {"BOTVITALS_LANG": "klingon", "LANG": "zh_CN"}, "zh"),
        ("en", {"BOTVITALS_LANG": "zh", "LANG": "zh_CN"}, "en"),
        ("ZH", {}, "zh"),
    ],
)
def test_the_language_is_what_was_asked_for_then_the_variable_then_the_locale(
    explicit: str | None, environ: dict[str, str], language: str
) -> None:
    assert choose_language(explicit, environ) == language


def test_on_windows_the_language_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert choose_language(None, {}, "zh_CN") == "zh"
    assert choose_language(None, {}, "en_GB") == "en"
    assert choose_language(None, {"LANG": "en_US"}, "zh_CN") == "en"
