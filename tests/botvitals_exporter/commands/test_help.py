import shlex
from collections.abc import Iterator
from typing import get_args

import click
import pytest

from botvitals.language import Language
from botvitals.language import gettext as _
from botvitals.version import __version__
from botvitals_exporter.commands import botvitals, main
from support_language import speaking

COMMANDS = {"": botvitals, **botvitals.commands}
LANGUAGES = get_args(Language)
EXAMPLES = {"en": "Examples:", "zh": "示例:"}


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    with speaking("en"):
        yield


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    captured = capsys.readouterr()
    assert (left.value.code, captured.err) == (0, "")
    return captured.out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", COMMANDS)
def test_help_ends_with_examples_that_work_when_pasted(
    verb: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(capsys, *verb.split(), "--lang", language, "--help")
    _above, examples = text.split(f"\n{EXAMPLES[language]}\n")
    lines = [line.strip() for line in examples.splitlines()]
    assert lines
    for line in lines:
        program, name, *rest = shlex.split(line)
        assert program == "botvitals"
        botvitals.commands[name].make_context(name, rest)


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_asked_for_by_either_name(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "--lang", "en", option).startswith("Usage: botvitals [OPTIONS] COMMAND")


def test_without_a_verb_it_shows_the_help(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTVITALS_LANG", "en")
    assert shown(capsys) == shown(capsys, "--help")


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_line_of_help_has_its_chinese(verb: str) -> None:
    command = COMMANDS[verb]
    texts = [command.help, command.short_help, *(getattr(option, "help", None) for option in command.params)]
    given = [text for text in texts if text]
    assert len(given) > 3
    with speaking("zh"):
        assert [text for text in given if _(text) == text] == []


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_option_says_what_it_does(verb: str) -> None:
    options = [option for option in COMMANDS[verb].params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_one_line(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, option) == f"botvitals {__version__}\n"


@pytest.mark.parametrize("verb", ["monitor", "objects"])
def test_the_options_of_the_watching_verbs_can_come_from_the_environment(verb: str) -> None:
    options = [option for option in COMMANDS[verb].params if isinstance(option, click.Option)]
    named = {option.name: option.envvar for option in options if option.name not in {"help", "lang", "module"}}
    assert named == {name: f"BOTVITALS_{str(name).upper()}" for name in named}
    assert {"interval", "host", "port", "no_metrics", "quiet", "service_name", "child_role"} <= set(named)
