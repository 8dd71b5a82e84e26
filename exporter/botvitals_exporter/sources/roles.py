"""What a process is there for, told from its command line: a name that holds from one start to the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from botvitals.language import gettext as _
from botvitals.redaction import REDACTED, redact
from botvitals.stable_name import stable_name

# The kernel keeps so many characters of a process's name: https://man7.org/linux/man-pages/man5/proc_pid_comm.5.html
COMM_LENGTH = 15


@dataclass(frozen=True, slots=True)
class RoleRule:
    """A rule of the user's: a process whose command line `pattern` is found in has the role `name`."""

    name: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Interpreter:
    """How a language's interpreter finds its script: `with_value` are the options that take the next argument."""

    program: re.Pattern[str]
    with_value: frozenset[str]
    inline_code: frozenset[str]


def _interpreter(program: str, with_value: str, inline_code: str) -> _Interpreter:
    return _Interpreter(re.compile(program), frozenset(with_value.split()), frozenset(inline_code.split()))


_PYTHON = re.compile(r"(?:python|pypy)w?[0-9.]*[a-z]?")
_OTHERS = (
    _interpreter(r"node(?:js)?[0-9.]*", "-r --require --import --loader --experimental-loader", "-e --eval -p --print"),
    _interpreter(r"ruby[0-9.]*", "-I -r -C", "-e"),
    _interpreter(r"perl[0-9.]*", "-I", "-e -E"),
    _interpreter(r"php[0-9.]*", "-c -d", "-r"),
    _interpreter(r"java", "-cp -classpath --class-path -p --module-path --add-modules --add-opens", ""),
    _interpreter(r"(?:ba|da|z|k|a)?sh", "-o -O --rcfile --init-file", "-c"),
)
_VERSION = re.compile(r"[0-9.]+[a-z]?$")
_MULTIPROCESSING = re.compile(r"\s*from (multiprocessing\.[a-z_]+) import ")
_ENV_SPLIT = frozenset({"-S", "--split-string"})
_ENV_WITH_VALUE = frozenset({"-u", "--unset", "-C", "--chdir"})


def parse_role_rule(text: str) -> RoleRule:
    """Return the rule that `NAME=REGEX` states; raises ValueError, with a text for a person, where it states none."""
    name, separator, pattern = text.partition("=")
    name = name.strip()
    if not separator or not name or not pattern:
        raise ValueError(_("a role is given as NAME=REGEX, not as {text!r}").format(text=text))
    try:
        return RoleRule(name, re.compile(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        message = _("the regular expression of role {name} is wrong: {error}")
        raise ValueError(message.format(name=name, error=error)) from None


def role_of(argv: Sequence[str], name: str, rules: Sequence[RoleRule] = ()) -> str:
    """Return the role of the process `name` with this command line, which is empty where it may not be read.

    The first of the user's `rules` that matches the arguments, joined by blanks, decides; then what the interpreter
    runs (`-m chromadb.server` is `chromadb.server`, `python3 /venv/bin/chroma run` is `chroma`), then the program.
    Secrets, numbers and ids are left out of it.
    """
    command = " ".join(argv)
    for rule in rules:
        if rule.pattern.search(command):
            return rule.name
    role = _work_of(argv, name) if argv else name
    return _label(role) or _label(name) or "process"


def base_name(path: str) -> str:
    """Return the last part of a path, of whichever system."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]


def _label(text: str) -> str:
    return stable_name(redact(text).replace(REDACTED, ""))


def _work_of(argv: Sequence[str], name: str) -> str:
    program = _program(argv, name)
    arguments = argv[1:]
    if program == "env":
        wrapped = _after_env(arguments)
        return _work_of(wrapped, name) if wrapped else program
    if "--multiprocessing-fork" in arguments:
        return "multiprocessing.spawn"
    if _PYTHON.fullmatch(program):
        return _python_work(arguments) or _VERSION.sub("", program)
    for interpreter in _OTHERS:
        if interpreter.program.fullmatch(program):
            return _script(arguments, interpreter) or _VERSION.sub("", program)
    return program


def _program(argv: Sequence[str], name: str) -> str:
    title = redact(argv[0].strip())  # before it is cut at a slash: an address's password has no other mark
    program = base_name(title)
    # Servers write what they do into their first argument: `postgres: bot bot 127.0.0.1(40512) idle`.
    is_path = program == name or (len(name) == COMM_LENGTH and program.startswith(name))
    if len(argv) == 1 and " " in title and not is_path:
        program = base_name(title.split()[0]).rstrip(":")
    return _without_exe(program).lstrip("-") or name


def _after_env(arguments: Sequence[str]) -> list[str]:
    rest = list(arguments)
    while rest and (rest[0].startswith("-") or "=" in rest[0]):
        option = rest.pop(0)
        if option in _ENV_SPLIT and rest:
            return rest[0].split() + rest[1:]
        if option in _ENV_WITH_VALUE:
            del rest[:1]
    return rest


def _python_work(arguments: Sequence[str]) -> str:
    """What `python ARGUMENTS` runs: a module, a script, a module of multiprocessing's, or "" for other code."""
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if not argument.startswith("-") or argument == "-":
            return _script_name(argument)
        if argument.startswith("--"):
            if argument == "--check-hash-based-pycs" and rest:
                rest.pop(0)
            continue
        # Short options may stand together, the last with its value: -um module, -Xdev.
        option, value = _valued_option(argument[1:])
        if option and not value:
            value = rest.pop(0) if rest else ""
        if option == "m":
            return value.removesuffix(".__main__")
        if option == "c":
            multiprocessing = _MULTIPROCESSING.match(value)
            return multiprocessing[1] if multiprocessing else ""
    return ""


def _valued_option(letters: str) -> tuple[str, str]:
    found = re.search(r"[mcWX]", letters)
    return (found[0], letters[found.end() :]) if found else ("", "")


def _script(arguments: Sequence[str], interpreter: _Interpreter) -> str:
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in interpreter.inline_code:
            return ""
        if argument in interpreter.with_value:
            del rest[:1]
        elif not argument.startswith("-"):
            return _script_name(argument)
    return ""


def _script_name(path: str) -> str:
    """The script's base name; the folder's where that says more, and "" where the path says nothing (`.`, `-`)."""
    path = redact(path)
    name = _without_exe(base_name(path))
    if name == "__main__.py":
        name = base_name(path[: -len(name)])
    return "" if name in {".", "..", "-"} else name


def _without_exe(program: str) -> str:
    return program[:-4] if program.lower().endswith(".exe") else program
