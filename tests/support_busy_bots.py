"""A bot that counts itself, one census after the other, while it does what it does."""

# The bot counts itself in a thread of its own from here on, until `done`; `censuses` are their numbers of objects.
COUNTING = """
import os, signal, subprocess, sys, threading, time
from random import Random
class Own:
    pass
heap = [Own() for _ in range(3000)]
done = threading.Event()
censuses = []
def count():
    while not done.is_set():
        tally = snapshot.count()
        censuses.append(next(row.objects for row in tally.types if row.name == "__main__.Own"))
counter = threading.Thread(target=count, daemon=True)
counter.start()
idle = [threading.Thread(target=done.wait, daemon=True) for _ in range(50)]
for thread in idle:
    thread.start()
random = Random(1)
def program():
    code = random.randrange(1, 120)
    return code, ["/bin/sh", "-c", f"sleep 0.0{random.randrange(10)}; exit {code}"]
def at_least(number):
    deadline = time.monotonic() + 60
    while len(censuses) < number:
        assert time.monotonic() < deadline and counter.is_alive(), "the censuses hang"
        time.sleep(0.01)
def end():
    at_least(len(censuses) + 6)
    done.set()
    for thread in (counter, *idle):
        thread.join(60)
        assert not thread.is_alive()
    assert len(censuses) > 5 and set(censuses) == {len(heap)}, censuses
    print("good")
"""
