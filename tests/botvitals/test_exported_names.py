import inspect
import subprocess
import sys

import botvitals


def test_all_that_is_exported_is_there_and_documented() -> None:
    assert sorted(botvitals.__all__) == list(botvitals.__all__)
    for name in botvitals.__all__:
        exported = getattr(botvitals, name)
        if callable(exported):
            assert inspect.getdoc(exported), name


def test_every_public_call_says_what_it_does() -> None:
    calls = [name for name in vars(botvitals.PerformanceMonitor) if not name.startswith("_")]
    assert len(calls) >= 14
    assert [name for name in calls if not inspect.getdoc(getattr(botvitals.PerformanceMonitor, name))] == []


def test_importing_botvitals_loads_neither_sdk_nor_psutil_nor_asyncio_and_starts_no_thread() -> None:
    program = """if True:
        import sys, threading
        import opentelemetry.trace
        before = set(sys.modules)
        from botvitals import *
        monitor = get_performance_monitor()
        monitor.start_timer("reply")
        monitor.checkpoint("reply", "step")
        monitor.end_timer("reply")
        new = {name for name in set(sys.modules) - before if not name.startswith("botvitals")}
        heavy = ("opentelemetry.sdk", "opentelemetry.exporter", "psutil", "asyncio", "requests")
        print(sorted(name for name in new if name.startswith(heavy)), threading.active_count())
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[] 1\n", "")
