import pytest

from botvitals_exporter.console.process_block import process_block
from botvitals_exporter.readings import ChildReading, ProcessReport
from support_language import speaking
from support_reports import child_reading, process_report

CHINESE = """\
================================================================================
检查点 #2 - 14:23:15
Bot 进程 (PID: 12345)
  RSS: 45.82 MB
  VMS: 12.34 MB
  占比: 0.25%
  子进程: 2 个
  子进程内存: 723.64 MB
  总内存: 769.46 MB

  📋 子进程详情:
    [1] PID 12346: python.exe - 520.15 MB
        命令: python.exe -m chromadb.server ...
    [2] PID 12347: python.exe - 203.49 MB
        命令: python.exe -m uvicorn ...

变化:
  RSS: +1.25 MB
================================================================================"""

ENGLISH = """\
================================================================================
Checkpoint #2 - 14:23:15
Bot process (PID: 12345)
  RSS: 45.82 MB
  VMS: 12.34 MB
  Share of memory: 0.25%
  Child processes: 2
  Memory of child processes: 723.64 MB
  Total memory: 769.46 MB

  📋 Child processes by memory:
    [1] PID 12346: python.exe - 520.15 MB
        Command: python.exe -m chromadb.server ...
    [2] PID 12347: python.exe - 203.49 MB
        Command: python.exe -m uvicorn ...

Change:
  RSS: +1.25 MB
================================================================================"""


def shown(report: ProcessReport, previous: ProcessReport | None = None) -> str:
    with speaking("zh"):
        return process_block(report, previous).plain


def shown_with(*children: ChildReading) -> str:
    return shown(process_report(children=children))


def test_the_block_is_chinese_to_the_letter() -> None:
    assert shown(process_report(iteration=2), process_report(rss_mb=44.57)) == CHINESE


def test_the_block_exists_in_english() -> None:
    with speaking("en"):
        assert process_block(process_report(iteration=2), process_report(rss_mb=44.57)).plain == ENGLISH


def test_the_first_block_shows_no_change() -> None:
    assert "变化" not in shown(process_report())


def test_a_bot_without_children_has_no_details_of_them() -> None:
    block = shown_with()
    assert "  子进程: 0 个\n  子进程内存: 0.00 MB\n  总内存: 45.82 MB\n====" in block
    assert "详情" not in block


def test_shrinking_is_shown_with_its_sign_and_without_a_warning() -> None:
    block = shown(process_report(rss_mb=30), process_report(rss_mb=45))
    assert "变化:\n  RSS: -15.00 MB\n====" in block


@pytest.mark.parametrize(("growth_mb", "warned"), [(10, False), (10.01, True)])
def test_growth_over_ten_megabytes_adds_a_warning(growth_mb: float, warned: bool) -> None:
    block = shown(process_report(rss_mb=100 + growth_mb), process_report(rss_mb=100))
    assert (f"  RSS: +{growth_mb:.2f} MB\n  ⚠️  内存增长较快！\n" in block) is warned


@pytest.mark.parametrize(("rss_mb", "warned"), [(1024, False), (1024.01, True)])
def test_more_than_a_gigabyte_adds_a_warning(rss_mb: float, warned: bool) -> None:
    block = shown(process_report(rss_mb=rss_mb), process_report(rss_mb=rss_mb))
    assert ("  RSS: +0.00 MB\n  ⚠️  内存使用超过 1GB！\n====" in block) is warned


def test_both_warnings_stand_below_each_other() -> None:
    block = shown(process_report(rss_mb=3000), process_report(rss_mb=2000))
    assert "变化:\n  RSS: +1000.00 MB\n  ⚠️  内存增长较快！\n  ⚠️  内存使用超过 1GB！\n====" in block


def test_a_bot_that_is_large_from_the_start_is_warned_about_in_the_first_block() -> None:
    assert shown(process_report(rss_mb=3000)).endswith("\n\n  ⚠️  内存使用超过 1GB！\n" + "=" * 80)


def test_a_child_without_a_command_gets_no_command_line() -> None:
    block = shown_with(child_reading(7, 1, "", name="defunct"))
    assert "    [1] PID 7: defunct - 1.00 MB\n====" in block


def test_very_many_children_are_cut_with_their_number_and_memory_said() -> None:
    block = shown_with(*(child_reading(pid, 2) for pid in range(500)))
    assert "  子进程: 500 个\n" in block
    assert "    [20] PID 19: python.exe - 2.00 MB\n" in block
    assert "    ... 还有 480 个，共 960.00 MB\n" in block
    assert len(block.splitlines()) < 60


def test_escape_sequences_in_names_and_commands_never_reach_the_terminal() -> None:
    block = shown_with(child_reading(7, 1, "sh -c \x1b]0;owned\x07\n", name="\x1b[31mred\u202e"))
    assert r"\x1b[31mred\u202e - 1.00 MB" in block
    assert r"命令: sh -c \x1b]0;owned\x07\n" in block
    assert all(line.isprintable() for line in block.splitlines())


def test_tokens_in_names_and_commands_are_not_shown() -> None:
    token = "123456789:AAF0abcdefghijklmnopqrstuvwxyz01234"
    assert token not in shown_with(child_reading(7, 1, f"bot {token}", name=f"bot{token}"))


def test_square_brackets_in_a_name_are_no_markup() -> None:
    assert "[bold]x[/bold] - 1.00 MB" in shown_with(child_reading(7, 1, name="[bold]x[/bold]"))


def test_a_very_long_name_stays_on_its_line() -> None:
    block = shown_with(child_reading(7, 1, "x" * 5_000, name="名" * 5_000))
    assert max(map(len, block.splitlines())) <= 100


def test_growth_and_warnings_are_coloured_and_plain_numbers_are_not() -> None:
    with speaking("zh"):
        block = process_block(process_report(rss_mb=100), process_report(rss_mb=50))
    coloured = {block.plain[span.start : span.end] for span in block.spans if "yellow" in str(span.style)}
    assert coloured == {"+50.00 MB", "  ⚠️  内存增长较快！"}
