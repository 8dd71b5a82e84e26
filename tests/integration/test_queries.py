"""What the trickier queries of the dashboards say of made series, asked of promtool."""

import json
import subprocess
from pathlib import Path

import pytest

from botvitals_exporter.collectors.heap import TYPE_BYTES
from dashboards.queries.events import NEW_VERSIONS
from dashboards.queries.growth import STEADY, growth_an_hour
from dashboards.queries.memory import OTHER_NATIVE, SECONDS_TO_LIMIT
from support_dashboards import filled_in

HOURS = 3
LABELS = 'job="bot",instance="{}"'


@pytest.fixture
def answer(promtool, tmp_path: Path):
    """Return a function that gives a query's values by instance, three hours after the first sample, one a minute."""

    def asked(expression: str, series: dict[str, str], label: str = "instance") -> dict[str, float]:
        question = {
            "eval_time": f"{HOURS}h",
            "expr": filled_in(expression, job="bot", instance=".+"),
            # What is not so: promtool then shows what it got.
            "exp_samples": [{"labels": '{asked="yes"}', "value": 0}],
        }
        given = [{"series": name, "values": values} for name, values in series.items()]
        case = {"interval": "1m", "input_series": given, "promql_expr_test": [question]}
        path = tmp_path / "case.yml"
        path.write_text(json.dumps({"evaluation_interval": "1m", "tests": [case]}))
        done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
        return _values(done.stdout + done.stderr, label)

    return asked


def _values(said: str, label: str) -> dict[str, float]:
    [got] = [line.strip().removeprefix("got: ") for line in said.splitlines() if line.strip().startswith("got: ")]
    if got == "nil":
        return {}
    values = {}
    for sample in got.split(", {"):
        labels, _, value = sample.strip("{").rpartition("} ")
        pairs = dict(pair.split("=", 1) for pair in labels.split(", ") if "=" in pair)
        values[pairs.get(label, "").strip('"')] = float(value)
    return values


def of(metric: str, instance: str, more: str = "") -> str:
    return f"{metric}{{{LABELS.format(instance)}{more}}}"


def test_growth_is_of_this_run_of_the_bot_and_of_none_that_has_just_started(answer) -> None:
    size, start = "botvitals_object_bytes", "botvitals_process_start_time_seconds"
    series = {
        # 6,000 B a minute for three hours.
        of(size, "old", ',type="a"'): "0+6000x180",
        of(start, "old"): "0x180",
        # Restarted ten minutes ago, at 10 MB, and growing half as fast since.
        of(size, "restarted", ',type="a"'): "10000000x170 0+3000x10",
        of(start, "restarted"): "0x170 10260x10",
        # Two minutes old.
        of(size, "young", ',type="a"'): "_x178 0+90000x2",
        of(start, "young"): "_x178 10680x2",
    }
    assert answer(growth_an_hour(TYPE_BYTES), series) == {
        "old": pytest.approx(360_000),
        "restarted": pytest.approx(180_000),
    }
    assert answer(growth_an_hour(TYPE_BYTES, windows=STEADY), series) == {"old": pytest.approx(360_000)}


def test_a_bot_that_does_not_grow_reaches_no_limit_in_sight(answer) -> None:
    def case(growth: str) -> dict[str, str]:
        return {
            of("botvitals_tree_resident_memory_bytes", "a"): growth,
            of("botvitals_memory_limit_bytes", "a"): "1000000000x180",
            of("botvitals_process_start_time_seconds", "a"): "0x180",
        }

    # 100 MB and 1 MB more a minute: 720 MB are left after three hours.
    [seconds] = answer(SECONDS_TO_LIMIT.expression, case("100000000+1000000x180")).values()
    assert seconds == pytest.approx(720 * 60)
    [steady] = answer(SECONDS_TO_LIMIT.expression, case("100000000x180")).values()
    [shrinks] = answer(SECONDS_TO_LIMIT.expression, case("500000000-1000000x180")).values()
    assert min(steady, shrinks) > 30 * 86_400


def test_a_new_version_is_marked_once_and_a_first_start_is_not(answer) -> None:
    build = "botvitals_build_info"
    series = {
        of(build, "updated", ',version="1"'): "1x179 stale",
        of(build, "updated", ',version="2"'): "_x180 1",
        of(build, "known", ',version="1"'): "1x180",
        of(build, "first", ',version="1"'): "_x180 1",
    }
    now = NEW_VERSIONS.replace("$__interval", "1m")
    assert answer(now, series) == {"updated": 1, "known": 0, "first": 0}


def test_other_native_memory_is_there_without_glibc_and_never_negative(answer) -> None:
    unexplained = "botvitals_unexplained_memory_bytes"
    free = ("botvitals_allocator_bytes", ',state="free"')
    with_glibc = {of(unexplained, "a"): "100x180", of(free[0], "a", free[1]): "30x180"}
    assert list(answer(OTHER_NATIVE.expression, with_glibc).values()) == [70]
    assert list(answer(OTHER_NATIVE.expression, {of(unexplained, "a"): "100x180"}).values()) == [100]
    assert list(answer(OTHER_NATIVE.expression, {of(unexplained, "a"): "-100x180"}).values()) == [0]
