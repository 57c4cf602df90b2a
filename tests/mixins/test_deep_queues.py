"""Claims fairly and in order on deep queues: against plain Python, and in proportion to what is claimed."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from example_project.ops.models import Task

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
OPEN = {"queued", "pending", "running", "failed"}


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture(params=range(4))
def tasks(request, now, db):
    """Tasks in every state, in few groups and many, of which some rows are in none."""
    Task.objects.all()._raw_delete("default")
    pick = random.Random(request.param)
    groups = [None, *(f"g{number}" for number in range([3, 20, 60, 400][request.param]))]
    rows = []
    for number in range(400):
        status = pick.choice(["queued", "queued", "queued", "failed", "running", "done", "dead", "pending"])
        rows.append(
            Task(
                name=str(number % 7),
                queue=f"q{int(pick.random() ** 3 * 6)}",
                group_key=pick.choice(groups),
                status=status,
                priority=pick.randint(0, 2),
                eta=pick.choice([None, now - MINUTE * pick.randint(0, 5), now + MINUTE * 60]),
                attempts=pick.randint(0, 5) if status != "running" else pick.randint(1, 5),
                locked_until=now + MINUTE * pick.choice([-9, 60]) if status == "running" else None,
                lease_token=uuid4() if status == "running" else None,
                cancel_requested=pick.random() < 0.1,
            )
        )
    return Task.objects.bulk_create(rows)


def may(row, now):
    """Whether a worker could take it, but for its group."""
    due = row.eta is None or row.eta <= now
    waits = row.status in {"queued", "failed"} and due
    lost = row.status == "running" and row.locked_until < now and not row.cancel_requested
    return (waits or lost) and row.attempts < row.max_attempts


def place(row):
    return -row.priority, row.eta is None, row.eta or 0, row.pk


def fairly(rows, key):
    turns, seen = [], defaultdict(int)
    for row in sorted(rows, key=place):
        turns.append((seen[key(row)], place(row), row))
        seen[key(row)] += 1
    return [row.pk for *_, row in sorted(turns, key=lambda turn: turn[:2])]


def in_order(rows, now):
    """One of each group: the oldest that is not over, if it may be taken and none behind it runs."""
    groups = defaultdict(list)
    for row in rows:
        if row.group_key is not None and row.status in OPEN:
            groups[row.group_key].append(row)
    heads = []
    for members in groups.values():
        first, *others = sorted(members, key=lambda row: row.pk)
        if may(first, now) and not any(row.status == "running" for row in others):
            heads.append(first)
    free = [row for row in rows if row.group_key is None and may(row, now)]
    return [row.pk for row in sorted(heads + free, key=place)]


@pytest.mark.parametrize("n", [1, 7, 1000])
@pytest.mark.parametrize("key", ["queue", "group_key", "name"])
def test_fairly_it_is_as_plain_python_has_it(tasks, now, key, n):
    wanted = fairly([row for row in tasks if may(row, now)], lambda row: getattr(row, key))[:n]
    claimed = Task.objects.claim(n, "w", MINUTE, fair_by=key)
    assert {row.pk for row in claimed} == set(wanted)
    assert [row.pk for row in claimed] == wanted


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_in_order_it_is_as_plain_python_has_it(tasks, now, n):
    wanted = in_order(tasks, now)[:n]
    assert [row.pk for row in Task.objects.claim(n, "w", MINUTE, one_per="group")] == wanted


def test_of_a_chain_and_of_some_queues(tasks, now):
    rows = [row for row in tasks if row.name in {"1", "2", "3"} and row.queue in {"q0", "q2"} and may(row, now)]
    chain = Task.objects.filter(name__in=["1", "2", "3"])
    found = chain.claim(9, "w", MINUTE, queues=["q0", "q2"], fair_by="queue")
    assert [row.pk for row in found] == fairly(rows, lambda row: row.queue)[:9]


def test_a_group_that_is_worked_on_does_not_keep_those_behind_it_waiting(db):
    """All that is first in the order of claims is of one group."""
    Task.objects.all()._raw_delete("default")
    running = {"status": "running", "locked_until": timezone.now() + MINUTE, "lease_token": uuid4(), "attempts": 1}
    Task.objects.create(name="runs", group_key="full", priority=9, **running)
    Task.objects.bulk_create(Task(name="waits", group_key="full", priority=9) for _ in range(200))
    Task.objects.create(name="other", group_key="other")
    assert [row.name for row in Task.objects.claim(5, "w", MINUTE, one_per="group")] == ["other"]


@pytest.mark.plan
@pytest.mark.slow
@pytest.mark.parametrize("how", [{}, {"fair_by": "queue"}, {"one_per": "group"}], ids=str)
def test_it_reads_in_proportion_to_what_it_claims(db, how):
    Task.objects.all()._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ops_task (queue, name, payload, status, priority, eta, attempts, max_attempts, retry_count,"
            " cancel_requested, group_key, last_error, created_at, last_updated) SELECT 'q' || i % 10, 't', '{}',"
            " 'queued', i % 3, now() - i * interval '1 s', 0, 5, 0, false, 'g' || i % 50, '', now(), now()"
            " FROM generate_series(1, 50000) i"
        )
        cursor.execute("ANALYZE ops_task")
        with CaptureQueriesContext(connection) as ran:
            assert len(Task.objects.claim(20, "w", MINUTE, **how)) == 20
        for query in ran.captured_queries:
            if "ops_task" not in query["sql"]:
                continue
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query['sql']}")
            [(found,)] = cursor.fetchall()
            assert most(found[0]["Plan"]) < 5000


def most(node):
    """The most rows that one part of a plan has read."""
    own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return max([own, *map(most, node.get("Plans", ()))])
