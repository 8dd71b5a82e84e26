from matplotlib import font_manager

from botvitals_exporter.plot.fonts import Fonts


def test_latin_letters_are_always_shown_by_the_first_family() -> None:
    fonts = Fonts()
    assert fonts.families[0] == "DejaVu Sans"
    assert fonts.can_show("Größe ✓ · – …")


def test_a_character_that_no_font_has_becomes_a_question_mark() -> None:
    assert Fonts().showable("a\ue123b\U0010fffdc") == "a?b?c"


def test_a_chinese_family_is_one_that_matplotlib_knows() -> None:
    known = {entry.name for entry in font_manager.fontManager.ttflist}
    families = Fonts().families
    assert set(families) <= known
    assert Fonts().can_show("内存占用") is (len(families) > 1)
