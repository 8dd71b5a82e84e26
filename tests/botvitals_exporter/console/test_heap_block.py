import re

import pytest
from rich.cells import cell_len

from botvitals.language import Language
from botvitals_exporter.console.heap_block import heap_block
from botvitals_exporter.heap_changes import ChangesReading, TypeChange
from botvitals_exporter.readings import HeapReport, ModuleCount, OwnersReading, ThreadReading, TypeCount
from support_language import speaking
from support_reports import MB, OWNERS, heap_report, many_modules, many_types, type_count

RULE, DASHES = "=" * 80, "-" * 80

CHINESE = f"""\
{RULE}
🔍 对象级内存分析 #1 - 14:25:30
{RULE}

📦 对象统计 (前 20 个类型):

类型 数量 总大小
{DASHES}
<class 'dict'> 125,843 45.23 MB
<class 'bot.Session'> 442,047 30.00 MB

📚 模块内存占用 (前 20 个模块):

模块名 对象数 总内存
{DASHES}
builtins 169,144 26.20 MB

 总模块数: 1

🧵 线程信息 (2 个):
 [1] ✓ MainThread
 [2] ✓ AsyncOpenAIClient (守护)

🗑️ 垃圾回收:
 代 0: 1,234 次
 代 1: 56 次
 代 2: 3 次
 追踪对象: 456,789

📊 总对象数: 567,890
{RULE}"""

ENGLISH = f"""\
{RULE}
🔍 Memory by object #1 - 14:25:30
{RULE}

📦 Objects (top 20 types):

Type Count Total size
{DASHES}
<class 'dict'> 125,843 45.23 MB
<class 'bot.Session'> 442,047 30.00 MB

📚 Memory by module (top 20 modules):

Module Objects Total memory
{DASHES}
builtins 169,144 26.20 MB

 Total modules: 1

🧵 Threads (2):
 [1] ✓ MainThread
 [2] ✓ AsyncOpenAIClient (daemon)

🗑️ Garbage collection:
 Generation 0: collected 1,234 times
 Generation 1: collected 56 times
 Generation 2: collected 3 times
 Tracked objects: 456,789

📊 Total objects: 567,890
{RULE}"""

CHANGES = f"""\

📈 对象变化分析:
{DASHES}
                types |   # objects |   total size
==================== | =========== | ============
            <class 'dict'> |      +1234 |    +1.23 MB
{DASHES}
{RULE}"""

ODD_TYPES = (
    TypeCount("dict", 10**15, 10**18),
    TypeCount("机器人.会话", 3, 5),
    TypeCount("sqlalchemy." + "deep." * 40 + "InstanceState", 12, 4),
    TypeCount("机器人" * 60 + "会话", 1, 3),
    TypeCount("a.\x1b[31mRed", 1, 2),
    TypeCount("lone.\udc80", 1, 1),
    TypeCount("combining." + "e\u0301" * 300, 1, 1),
)


def spaces_collapsed(text: str) -> str:
    return re.sub(" +", " ", text)


def shown(report: HeapReport, *, limit: int = 20, changes: ChangesReading | None = None) -> str:
    with speaking("zh"):
        return heap_block(report, limit=limit, changes=changes).plain


def shown_changes(*changes: TypeChange, left_out: int = 0) -> list[str]:
    block = shown(heap_report(iteration=3), changes=ChangesReading(changes, left_out))
    return block[block.index("📈") :].splitlines()


@pytest.mark.parametrize(("language", "expected"), [("zh", CHINESE), ("en", ENGLISH)])
def test_the_block_is_to_the_letter(language: Language, expected: str) -> None:
    with speaking(language):
        block = heap_block(heap_report(), limit=20, changes=None).plain
    assert spaces_collapsed(block) == expected


OWNERS_CHINESE = f"""\
🏠 所有者 (前 20 个类):

类 对象数 拥有内存
{DASHES}
bot.Session 900,000 61.50 MB

模块名 对象数 拥有内存
{DASHES}
bot 900,100 62.25 MB
builtins 4,321 1.50 MB

"""


def test_owners_stand_below_the_modules_where_they_were_asked_for() -> None:
    block = spaces_collapsed(shown(heap_report(owners=OWNERS)))
    assert block == CHINESE.replace("🧵", OWNERS_CHINESE + "🧵")


def test_as_many_owners_are_shown_as_asked() -> None:
    owners = OwnersReading(many_types(30), many_modules(30))
    lines = shown(heap_report(owners=owners), limit=3).partition("🏠")[2].splitlines()
    assert sum(line.startswith("module") for line in lines) == 3
    assert sum(line.startswith("bot.Type") for line in lines) == 3


def test_the_changes_are_to_the_letter_below_the_totals() -> None:
    block = shown(heap_report(iteration=3), changes=ChangesReading((TypeChange("dict", 1234, round(1.23 * MB)),)))
    head, _, tail = spaces_collapsed(block).partition("📊 总对象数: 567,890\n")
    assert head.startswith(f"{RULE}\n🔍 对象级内存分析 #3 - 14:25:30")
    assert [line.strip() for line in tail.splitlines()] == [
        line.strip() for line in spaces_collapsed(CHANGES).splitlines()
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_table_columns_end_in_the_same_cell_whatever_the_names_and_numbers(language: Language) -> None:
    modules = tuple(ModuleCount(count.name, count.objects, count.size_bytes) for count in ODD_TYPES)
    with speaking(language):
        lines = heap_block(heap_report(types=ODD_TYPES, modules=modules), limit=20, changes=None).plain.splitlines()
    rules = [place for place, line in enumerate(lines) if line == DASHES]
    assert len(rules) == 2
    for place in rules:
        table = [lines[place - 1], *lines[place + 1 : place + 1 + len(ODD_TYPES)]]
        assert {cell_len(line) for line in table} == {80}
        # What stands before the last number, without the space that fills the column up, ends in one cell too.
        ends = {cell_len(re.split(r"  +\S+(?: \S+)?$", line)[0]) for line in table}
        assert len(ends) == 1


def test_columns_of_changes_align_in_cells() -> None:
    lines = shown_changes(
        *(
            TypeChange(count.name, (-1) ** place * count.objects, -count.size_bytes)
            for place, count in enumerate(ODD_TYPES)
        )
    )
    table = [line for line in lines if " | " in line]
    assert len(table) == 2 + len(ODD_TYPES)
    bars = {tuple(cell_len(line[: found.start()]) for found in re.finditer(r" \| ", line)) for line in table}
    assert len(bars) == 1
    assert {cell_len(line) for line in table} == {80}


def test_negative_changes_keep_their_sign() -> None:
    lines = shown_changes(TypeChange("bot.Session", -7, round(-2.5 * MB)))
    assert spaces_collapsed(lines[4]).strip() == "<class 'bot.Session'> | -7 | -2.50 MB"


def test_changes_that_find_no_room_are_counted() -> None:
    assert "... 还有 12 个类型有变化" in shown_changes(TypeChange("dict", 1, 1), left_out=12)


def test_a_long_type_name_loses_its_middle_and_keeps_package_and_class() -> None:
    block = shown(heap_report(types=(TypeCount("sqlalchemy." + "deep." * 40 + "InstanceState", 12, 4),)))
    row = next(line for line in block.splitlines() if "sqla" in line)
    assert re.match(r"<class 'sqla\w*\.\.\..*\.InstanceState'>  ", row)


def test_as_many_types_and_modules_are_shown_as_asked() -> None:
    modules = tuple(ModuleCount(f"package{place}", 1, 1) for place in range(85))
    block = shown(heap_report(types=many_types(40), modules=modules), limit=30)
    assert "(前 30 个类型)" in block
    assert block.count("<class 'bot.Type") == 30
    assert "<class 'bot.Type29'>" in block
    assert "(前 30 个模块)" in block
    assert block.count("\npackage") == 30
    assert "  总模块数: 85\n" in block


def test_a_thread_that_has_ended_is_marked() -> None:
    block = shown(heap_report(threads=(ThreadReading("Poller", daemon=True, alive=False),)))
    assert "🧵 线程信息 (1 个):\n  [1] ✗ Poller (守护)\n" in block


def test_very_many_threads_are_cut_with_their_number_said() -> None:
    block = shown(heap_report(threads=tuple(ThreadReading(f"T{n}", False, True) for n in range(5_000))))
    assert "🧵 线程信息 (5000 个):" in block
    assert "  [20] ✓ T19\n  ... 还有 4980 个线程\n" in block
    assert block.count("✓") == 20


def test_a_thread_name_cannot_steer_the_terminal() -> None:
    name = "worker\x1b[2J\r\n\x9b31m\udcff"
    block = shown(heap_report(threads=(ThreadReading(name, False, True),)))
    assert r"[1] ✓ worker\x1b[2J\r\n\x9b31m\udcff" in block
    assert all(line.isprintable() for line in block.splitlines())
    assert block.encode()


def test_a_token_in_a_thread_name_is_not_shown() -> None:
    token = "123456789:AAF0abcdefghijklmnopqrstuvwxyz01234"
    assert token not in shown(heap_report(threads=(ThreadReading(f"poll {token}", daemon=True, alive=True),)))


def test_one_type_is_asked_for_in_the_singular() -> None:
    with speaking("en"):
        block = heap_block(heap_report(), limit=1, changes=None).plain
    assert "Objects (largest type):" in block
    assert "Memory by module (largest module):" in block


def test_only_growth_that_shows_is_coloured() -> None:
    changes = (TypeChange("a", 1, 2 * MB), TypeChange("b", 1, 10), TypeChange("c", -1, -2 * MB))
    block = heap_block(heap_report(), limit=1, changes=ChangesReading(changes))
    coloured = {block.plain[span.start : span.end]: str(span.style) for span in block.spans}
    assert coloured["+2.00 MB"] == "yellow"
    assert coloured["-2.00 MB"] == "green"
    assert "+0.00 MB" not in coloured


def test_an_empty_heap_still_makes_a_block() -> None:
    block = shown(heap_report(types=(), modules=(), threads=()))
    assert "📊 总对象数: 0\n" in block
    assert "  总模块数: 0\n" in block


def test_the_count_of_a_bots_own_class_stands_in_its_row() -> None:
    block = shown(heap_report(types=(type_count("bot.Leak", 50_000, 2.4),)))
    assert re.search(r"^<class 'bot\.Leak'> +50,000 +2\.40 MB$", block, re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_block_for_a_narrow_terminal_keeps_its_columns_within_it(language: Language) -> None:
    name = "telegram.ext._application.ApplicationBuilder"
    changes = ChangesReading((TypeChange(name, 1_234_567, 45 * MB),))
    report = heap_report(types=(type_count(name, 1_234_567, 45.23), *many_types(3)))
    with speaking(language):
        lines = heap_block(report, limit=20, changes=changes, width=60).plain.splitlines()
    assert max(map(cell_len, lines)) == 60
    (row,) = [line for line in lines if re.search(r" 1,234,567 +45\.23 MB$", line)]
    assert row.startswith("<class 'tel")
    assert "ApplicationBuilder'> " in row
    assert cell_len(row) == 60
