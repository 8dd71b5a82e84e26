import threading

from botvitals_exporter.schedule import ReadingThread, Schedule


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_first_moment_comes_after_the_first_seconds() -> None:
    clock = Clock()
    assert Schedule(3.0, clock).remaining_seconds() == 3.0
    assert Schedule(0.0, clock).remaining_seconds() == 0.0


def test_work_does_not_push_the_next_moment_back() -> None:
    clock = Clock()
    schedule = Schedule(0.0, clock)
    clock.now += 4.0
    schedule.advance(10.0)
    assert schedule.remaining_seconds() == 6.0


def test_moments_that_passed_during_the_work_do_not_come_in_a_burst() -> None:
    clock = Clock()
    schedule = Schedule(0.0, clock)
    clock.now += 35.0
    schedule.advance(10.0)
    assert schedule.remaining_seconds() == 0.0
    schedule.advance(10.0)
    assert schedule.remaining_seconds() == 10.0


def test_a_reading_thread_reads_again_and_again_until_it_is_stopped() -> None:
    third = threading.Event()
    readings: list[int] = []

    def read() -> None:
        readings.append(1)
        if len(readings) == 3:
            third.set()

    thread = ReadingThread("botvitals-test", read, lambda: 0.001, first_seconds=0.0)
    thread.start()
    assert third.wait(10)
    thread.stop()
    thread.join(5)
    count = len(readings)
    assert all(other.name != "botvitals-test" for other in threading.enumerate())
    assert len(readings) == count


def test_a_reading_thread_that_waits_stops_at_once() -> None:
    thread = ReadingThread("botvitals-test", lambda: None, lambda: 3600.0, first_seconds=3600.0)
    thread.start()
    thread.stop()
    thread.join(5)
    assert all(other.name != "botvitals-test" for other in threading.enumerate())
