"""Queues with real commits and workers at the same time: nothing is given twice, lost, or written by who comes late."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from example_project.ops.models import Task

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MINUTE = timedelta(minutes=1)
WORKERS = 4


@pytest.fixture(autouse=True)
def no_tasks(db):
    """A table without tasks."""
    Task.objects.all().delete()


def together(*works):
    """Each on a thread and a connection of its own; the first error is raised."""
    errors = []

    def run(work):
        try:
            work()
        except BaseException as error:  # noqa: BLE001 (raised below)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def fill(count, **columns):
    Task.objects.bulk_create(
        Task(name=str(number), priority=number % 3, **{key: of(number) for key, of in columns.items()})
        for number in range(count)
    )


@pytest.mark.parametrize("how", [{}, {"one_per": "group"}, {"fair_by": "queue"}], ids=str)
def test_four_workers_never_have_one_task_at_a_time(how):
    fill(400, group_key=lambda number: f"g{number % 40}" if number % 2 else None, queue=lambda number: f"q{number % 3}")
    done, lock, holding = Counter(), threading.Lock(), Counter()

    def work(worker):
        idle = 0
        while idle < 20:
            tasks = Task.objects.claim(7, worker, MINUTE, **how)
            idle = 0 if tasks else idle + 1
            if not tasks:
                time.sleep(0.01)
            for task in tasks:
                with lock:
                    assert task.attempts == 1
                    holding[task.group_key] += task.group_key is not None
                    assert "one_per" not in how or holding[task.group_key] <= 1
                done[task.pk] += 1
            for task in tasks:
                with lock:
                    holding[task.group_key] -= task.group_key is not None
                assert Task.objects.finish(task.pk, task.lease_token)

    together(*(lambda worker=f"w{number}": work(worker) for number in range(WORKERS)))
    assert set(done.values()) == {1}
    assert len(done) == 400
    assert Task.objects.filter(status="done", attempts=1).count() == 400


def test_what_somebody_is_about_to_claim_is_passed_over_without_waiting():
    fill(5)
    with transaction.atomic():
        mine = Task.objects.claim(3, "slow", MINUTE)
        theirs = []

        def claim():
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            theirs.extend(Task.objects.claim(5, "quick", MINUTE))
            assert Task.objects.reclaim() == 0

        together(claim)
    assert len(mine) == 3
    assert {task.pk for task in mine} | {task.pk for task in theirs} == set(Task.objects.values_list("pk", flat=True))
    assert len(theirs) == 2


def test_a_group_is_not_worked_on_twice_where_an_older_task_commits_late():
    """Two claims, one of which does not see yet that the older one is there."""
    given = connection.get_connection_params()
    params = {key: given[key] for key in ("dbname", "user", "password", "host", "port")}
    for _ in range(10):
        Task.objects.all().delete()
        with closing(psycopg.connect(**params)) as slow:
            slow.execute(
                "INSERT INTO ops_task (queue, name, payload, status, priority, attempts, max_attempts, retry_count,"
                " cancel_requested, group_key, last_error, created_at, last_updated) VALUES ('default', 'older', '{}',"
                " 'queued', 0, 0, 5, 0, false, 'g', '', now(), now())"
            )
            Task.objects.create(name="newer", group_key="g")
            start = threading.Barrier(WORKERS + 1)
            found = []

            def commit(slow=slow, start=start):
                start.wait()
                slow.commit()

            def claim(start=start, found=found):
                start.wait()
                for _ in range(3):
                    found.extend(Task.objects.claim(5, "w", MINUTE, one_per="group"))

            together(commit, *([claim] * WORKERS))
        assert len(found) == 1


def test_tasks_of_workers_that_die_are_finished_once_by_others():
    """Workers stop at random between claim and finish; their leases end, and others take the tasks on."""
    fill(120, max_attempts=lambda _: 1000)
    finished, lock = Counter(), threading.Lock()
    lease = timedelta(milliseconds=150)

    def work(seed):
        pick = random.Random(seed)
        until = time.monotonic() + 60
        while Task.objects.exclude(status="done").exists():
            assert time.monotonic() < until
            for task in Task.objects.claim(10, f"w{seed}", lease):
                fate = pick.random()
                if fate < 0.2:
                    continue  # died
                if fate < 0.25:
                    time.sleep(0.3)  # comes late
                if Task.objects.finish(task.pk, task.lease_token):
                    with lock:
                        finished[task.pk] += 1

    together(*(lambda seed=seed: work(seed) for seed in range(WORKERS)))
    assert set(finished.values()) == {1}
    assert len(finished) == 120
    assert Task.objects.filter(status="done").count() == 120
    assert Task.objects.filter(attempts__gt=1).exists()


def test_a_connection_that_is_cut_within_a_claim_leaves_the_tasks_to_others():
    fill(3)

    def die():
        with pytest.raises(DatabaseError):
            claim_and_be_cut()

    def claim_and_be_cut():
        with transaction.atomic():
            assert len(Task.objects.claim(3, "w", MINUTE)) == 3
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    together(die)
    assert [task.attempts for task in Task.objects.claim(3, "other", MINUTE)] == [1, 1, 1]


def test_janitors_at_a_time_give_each_task_back_once():
    fill(200, status=lambda _: "running", attempts=lambda number: 1 + 4 * (number % 2))
    Task.objects.update(locked_until="2020-01-01T00:00Z")
    counts = []

    def reclaim():
        while count := Task.objects.reclaim(30):
            counts.append(count)

    together(*([reclaim] * WORKERS))
    assert sum(counts) == 200
    assert Counter(Task.objects.values_list("status", flat=True)) == {"queued": 100, "dead": 100}


def test_of_eight_that_enqueue_one_key_one_makes_the_task():
    found = []
    start = threading.Barrier(8)

    def enqueue():
        start.wait()
        found.append(Task.objects.enqueue_once("k", name="report"))

    together(*([enqueue] * 8))
    assert sum(is_new for _, is_new in found) == 1
    assert len({task.pk for task, _ in found}) == 1
