"""Processes for the tests of faults: each writes down what it knows, and may be killed at any time.

``python faulty.py work NAME FILE``, ``write NUMBER FILE``, ``follow FILE``, ``make TASKS``; the database is that of
``DATABASE_URL``. A line is one call of the kernel, so it is in the file whole or not at all.
"""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psycopg

LEASE = 1.0
MARGIN = 0.3
ATTEMPTS = 8


def log(name):
    file = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    return lambda *words: os.write(file, (" ".join(map(str, words)) + "\n").encode())


def models():
    """The models, for those who need Django, which takes a second to start."""
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    os.environ["DJANGO_SETTINGS_MODULE"] = "example_project.config.settings"
    import django

    django.setup()
    from example_project.ops import models

    return models


def tried(call):
    """What a call returns, as soon as there is a server."""
    from django.db import DatabaseError, InterfaceError, connection

    while True:
        try:
            return call()
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(0.02)


def work(name, file):
    """Run tasks: those that are called ``bad`` fail; now and then one takes longer than its lease."""
    say, pick, queue = log(file), random.Random(name), models().Task.objects
    lease = timedelta(seconds=LEASE)
    while True:
        since = time.monotonic()
        tasks = tried(lambda: queue.claim(50, name, lease))
        for task in tasks:
            if time.monotonic() - since > LEASE - MARGIN:
                break  # what is left may be somebody else's soon
            say("ran", task.pk, task.lease_token, time.monotonic())
            if task.name == "bad":
                tried(lambda task=task: queue.fail(task.pk, task.lease_token, "it is bad", base=0.01))
                continue
            if pick.random() < (1 if name == "late" else 0.001):
                time.sleep(LEASE * 2)
            done = tried(lambda task=task: queue.finish(task.pk, task.lease_token, str(task.lease_token)))
            say("finished" if done else "refused", task.pk, task.lease_token, time.monotonic())
        if not tasks:
            time.sleep(0.05)


def write(number, file):
    """Commit messages, out of order with what others do; some are rolled back."""
    say, pick = log(file), random.Random(number)
    insert = (
        "INSERT INTO ops_message (session_id, role, content, is_streamed, created_at)"
        " SELECT min(id), 'user', %s, false, now() FROM ops_session RETURNING id"
    )
    while True:
        with suppress(psycopg.Error), psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            while True:
                rows = [connection.execute(insert, [number]).fetchone()[0] for _ in range(pick.randint(1, 4))]
                time.sleep(pick.random() ** 4 * 0.2)
                if pick.random() < 0.1:
                    connection.rollback()
                    continue
                connection.commit()
                for pk in rows:
                    say(pk)
        time.sleep(0.02)


def follow(file):
    """Write down each row, from behind the last one that was written down."""
    say, messages = log(file), models().Message.objects

    def after():
        lines = Path(file).read_text().split("\n")[:-1]
        return tuple(map(int, lines[-1].split())) if lines else None

    def rows():
        for row in messages.follow(after(), poll=0.02, size=100):
            say(row.tx, row.pk)

    tried(rows)


def make(count):
    """Fill the tables."""
    all_models = models()
    all_models.Session.objects.get_or_create(key="faults", worker_id="w")
    bad = count // 50
    task = all_models.Task
    task.objects.bulk_create(
        task(name="bad" if number < bad else "good", priority=number % 3, max_attempts=3 if number < bad else ATTEMPTS)
        for number in range(count)
    )


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    {"work": work, "write": write, "follow": follow, "make": lambda count: make(int(count))}[what](*words)
