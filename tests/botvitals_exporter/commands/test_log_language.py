import os
import subprocess
import sys
from pathlib import Path

import pytest

BOT = """
import logging
from botvitals import get_performance_monitor
logging.basicConfig(level=logging.INFO, format="%(message)s")
get_performance_monitor().start_timer("reply")
"""


@pytest.mark.parametrize(
    ("options", "variable", "line"),
    [
        ([], None, "⏱️  [PERF] 开始: reply"),
        (["--lang", "en"], None, "⏱️  [PERF] Started: reply"),
        ([], "en", "⏱️  [PERF] Started: reply"),
        (["--lang", "zh"], "en", "⏱️  [PERF] 开始: reply"),
    ],
)
def test_a_bots_timer_lines_are_chinese_unless_asked_otherwise(
    tmp_path: Path, options: list[str], variable: str | None, line: str
) -> None:
    (tmp_path / "bot.py").write_text(f'if __name__ == "__main__":\n{BOT.replace(chr(10), chr(10) + "    ")}')
    environ = {key: value for key, value in os.environ.items() if key != "BOTVITALS_LANG"}
    environ |= {"LC_ALL": "en_US.UTF-8", "PYTHONUTF8": "1"} | ({"BOTVITALS_LANG": variable} if variable else {})
    command = [sys.executable, "-m", "botvitals_exporter", "objects", "--no-metrics", "--quiet", *options, "bot.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)
    assert line in done.stderr.splitlines()
