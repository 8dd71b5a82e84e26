import pytest

from botvitals_exporter.commands.old_style import with_verb

VERBS = ("monitor", "objects", "plot")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--monitor", "monitor"),
        ("-m -i 5", "monitor -i 5"),
        ("-i 5 -m", "monitor -i 5"),
        ("-o -i 10 --output data.txt -l 30", "objects -i 10 --output data.txt -l 30"),
        ("--objects bot.py -m", "objects bot.py -m"),
        ("-v -i data.txt.jsonl -t 15", "plot -i data.txt.jsonl -t 15"),
        ("--visualize --input F --top 15 --plot-output P", "plot --input F --top 15 --plot-output P"),
        ("--lang en -v", "plot --lang en"),
        ("-m -m package", "monitor -m package"),
    ],
)
def test_the_old_scripts_modes_are_todays_verbs(old: str, new: str) -> None:
    assert with_verb(old.split(), VERBS) == new.split()


@pytest.mark.parametrize(
    "today",
    ["", "--help", "--version", "monitor -m package", "objects -o", "plot -v", "--lang zh monitor -m x", "-- -m"],
)
def test_todays_command_lines_stay_as_they_are(today: str) -> None:
    assert with_verb(today.split(), VERBS) == today.split()
