from pathlib import Path

import pytest

import support_census

HERE = Path(__file__).parent


@pytest.fixture(params=support_census.interpreters(), ids=lambda path: Path(path).name)
def interpreter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_every_census_equals_a_plain_walk_of_any_graph_type_by_type(
    seed: str, interpreter: str, tmp_path: Path
) -> None:
    support_census.build_extension(support_census.CORE, interpreter, tmp_path)
    script = HERE / "compare_with_reference.py"
    answer = support_census.run_script(interpreter, script, "-W", "ignore", arguments=[str(tmp_path), seed])
    assert answer.stderr == ""
    objects, *differences = answer.stdout.splitlines()
    assert int(objects.removeprefix("objects ")) > 20_000
    assert differences == []
