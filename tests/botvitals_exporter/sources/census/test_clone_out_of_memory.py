import pytest

from botvitals_exporter.sources.census.native import CLONES_HERE
from support_clones import run_bot
from support_memory_group import NoGroupError, memory_group

pytestmark = pytest.mark.skipif(not CLONES_HERE, reason="a process is cloned on Linux alone")

# While the copy is held, the bot writes to all of its memory, so that each page exists twice.
WRITING_BOT = """
import sys
from pathlib import Path
from support_clones import go_on_until, stopped_copy
group = Path(sys.argv[1])
(group / "cgroup.procs").write_text("0")
heap = [bytearray(4096) for _ in range(25_000)]
def write(value):
    for page in heap:
        page[0] = page[-1] = value
write(1)
more = [[] for _ in range(200_000)]
with stopped_copy(snapshot) as (pid, count):
    assert go_on_until(pid, lambda: Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\\n")
    (group / sys.argv[2]).write_text(str(int((group / sys.argv[3]).read_text()) + (40 << 20)))
    write(2)
print(count.finish())
print(all(page[0] == 2 for page in heap))
"""


def test_the_kernel_kills_the_copy_and_not_the_bot_where_memory_runs_out() -> None:
    try:
        with memory_group() as group:
            said = run_bot(WRITING_BOT, str(group.folder), group.limit, group.use)
            kills = group.kills()
    except NoGroupError as reason:
        pytest.skip(str(reason))
    assert said == "the copy that counts failed: it died (Killed)\nTrue\n"
    assert kills == 1
