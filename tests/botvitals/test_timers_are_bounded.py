import gc
import logging
import weakref

import pytest

from botvitals.running_timers import MAX_RUNNING
from botvitals.summaries import MAX_SUMMARIES
from botvitals.timer import Timer
from botvitals.timers import MAX_CHECKPOINTS
from support_timers import Watched


@pytest.fixture
def watched() -> Watched:
    return Watched()


def abandoned_lines(watched: Watched) -> list[str]:
    return [text for text in watched.lines.texts if "从未结束" in text]


def test_a_timer_older_than_an_hour_is_given_up_when_another_starts(watched: Watched) -> None:
    watched.monitor.start_timer("webhook_1")
    watched.pass_seconds(3599)
    watched.monitor.start_timer("reply_1")
    assert watched.operations == []
    watched.pass_seconds(1)
    watched.monitor.start_timer("reply_2")
    assert watched.span.attributes is not None
    assert watched.span.attributes["botvitals.operation.outcome"] == "abandoned"
    (operation,) = watched.operations
    assert (operation.operation_id, operation.outcome, operation.duration_seconds) == ("webhook_1", "abandoned", 3600)
    assert watched.monitor.end_timer("webhook_1") is None


@pytest.mark.parametrize("look", ["in_progress", "abandoned"])
def test_a_timer_older_than_an_hour_is_given_up_when_it_is_published(watched: Watched, look: str) -> None:
    watched.monitor.start_timer("webhook_1")
    watched.pass_seconds(3600)
    getattr(watched.monitor, look)()
    assert len(watched.spans) == 1
    assert watched.monitor.in_progress() == {}
    assert watched.monitor.abandoned() == {"webhook": 1}
    assert len(abandoned_lines(watched)) == 1


def test_the_oldest_is_given_up_where_too_many_run(watched: Watched) -> None:
    for number in range(MAX_RUNNING + 5):
        watched.monitor.start_timer(f"leak_{number}", "first" if number < 5 else "later")
    assert watched.monitor.in_progress() == {"leak": MAX_RUNNING}
    assert watched.monitor.abandoned() == {"leak": 5}
    assert [operation.operation_id for operation in watched.operations] == [f"leak_{number}" for number in range(5)]


def test_abandoned_timers_are_said_once_a_minute_with_their_number(watched: Watched) -> None:
    for number in range(MAX_RUNNING + 100):
        watched.monitor.start_timer(f"leak_{number}")
    assert abandoned_lines(watched) == ["⏱️  [PERF] 警告: 已放弃从未结束的计时器: 1 个 (leak × 1)"]
    watched.pass_seconds(60)
    watched.monitor.in_progress()
    assert abandoned_lines(watched)[1:] == ["⏱️  [PERF] 警告: 已放弃从未结束的计时器: 99 个 (leak × 99)"]
    watched.pass_seconds(60)
    watched.monitor.in_progress()
    assert len(abandoned_lines(watched)) == 2
    assert {record.levelno for record in watched.lines.records if "从未结束" in record.getMessage()} == {
        logging.WARNING
    }


def test_a_thousand_summaries_are_kept(watched: Watched) -> None:
    for number in range(MAX_SUMMARIES + 2):
        watched.monitor.start_timer(f"reply {number}x")
        watched.monitor.end_timer(f"reply {number}x")
    kept = [watched.monitor.get_operation_summary(f"reply {number}x") for number in range(MAX_SUMMARIES + 2)]
    assert kept[:2] == [None, None]
    assert None not in kept[2:]


def test_the_first_checkpoints_are_kept_and_the_duration_stays_whole(watched: Watched) -> None:
    with watched.monitor.timer("reply") as timer:
        for number in range(MAX_CHECKPOINTS + 10):
            watched.pass_seconds(1)
            assert timer.checkpoint(f"step {number}") == number + 1
    (operation,) = watched.operations
    assert len(operation.checkpoints) == MAX_CHECKPOINTS
    assert operation.checkpoints[-1].elapsed_seconds == MAX_CHECKPOINTS
    assert operation.duration_seconds == MAX_CHECKPOINTS + 10
    # The span keeps the last ones, as the SDK does.
    assert watched.span.events[-1].name == f"step {MAX_CHECKPOINTS + 9}"


def test_names_are_bounded(watched: Watched) -> None:
    def word(number: int) -> str:
        return "".join(chr(ord("a") + int(digit)) for digit in str(number))

    for number in range(1_500):
        watched.monitor.start_timer("x", name=f"word {word(number)}")
        watched.monitor.clear_operation("x")
    assert len(watched.monitor.started()) == 1_000
    abandoned = watched.monitor.abandoned()
    assert (len(abandoned), sum(abandoned.values()), abandoned["__other__"]) == (1_001, 1_500, 500)


def test_timers_in_one_task_leave_nothing_behind_but_their_summaries(watched: Watched) -> None:
    gc.collect()
    before = timers_alive()
    for number in range(50):
        watched.monitor.start_timer(f"early {number}")
    for number in range(2 * MAX_SUMMARIES):
        with watched.monitor.timer(f"reply {number}x"):
            pass
    for number in range(50):
        watched.monitor.end_timer(f"early {number}")
    gc.collect()
    assert MAX_SUMMARIES <= timers_alive() - before < MAX_SUMMARIES + 20


def timers_alive() -> int:
    return sum(type(each) is Timer for each in gc.get_objects())


def test_the_bots_objects_are_not_kept_alive(watched: Watched) -> None:
    class User:
        def __str__(self) -> str:
            return "user"

    def serve() -> weakref.ref[User]:
        user = User()
        watched.monitor.start_timer(user, user)
        watched.monitor.checkpoint(user, user, user)
        with pytest.raises(ValueError, match="bad"), watched.monitor.timer(user):
            raise ValueError("bad", user)
        return weakref.ref(user)

    kept = serve()
    gc.collect()
    assert kept() is None
