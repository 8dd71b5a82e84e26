from pathlib import Path

import pytest

import support_census

HERE = Path(__file__).parent


@pytest.mark.parametrize("interpreter", support_census.interpreters(), ids=lambda path: Path(path).name)
def test_the_census_equals_a_plain_walk_type_by_type(interpreter: str) -> None:
    answer = support_census.run_script(interpreter, HERE / "compare_with_reference.py", "-W", "ignore")
    assert answer.stderr == ""
    objects, *differences = answer.stdout.splitlines()
    assert int(objects.removeprefix("objects ")) > 20_000
    assert differences == []


@pytest.mark.parametrize("interpreter", support_census.interpreters(), ids=lambda path: Path(path).name)
def test_a_bot_with_threads_is_cloned_in_silence_even_where_warnings_are_errors(interpreter: str) -> None:
    answer = support_census.run_script(interpreter, HERE / "clone_with_threads.py", "-W", "error")
    assert (answer.stderr, answer.stdout) == ("", "1000 1000\n")
