"""A queue by the server's clock: what is claimed, held, finished, failed, given back, queued again and cancelled."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now
from django.utils import timezone

from example_project.ops.models import Task
from querysets import P

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
STEP = timedelta(microseconds=1)


@pytest.fixture
def tasks(db):
    """A table without tasks."""
    Task.objects.all()._raw_delete("default")
    return Task.objects


def make(name="t", **columns):
    return Task.objects.create(name=name, **columns)


def lost(name="lost", ago=MINUTE, **columns):
    """A task whose worker has not answered."""
    held = {
        "status": "running",
        "attempts": 1,
        "locked_by": "gone",
        "locked_until": Now() - ago,
        "lease_token": uuid4(),
    }
    return make(name, **{**held, **columns})


def names(rows):
    return [row.name for row in rows]


def test_a_claim_takes_the_urgent_then_the_earliest_then_the_first(tasks):
    now = timezone.now()
    make("c")
    make("b", eta=now - MINUTE)
    make("a", priority=1)
    make("later", eta=now + timedelta(hours=1), priority=9)
    for status in ("pending", "done", "dead", "cancelled"):
        make(status, status=status, priority=9)
    first, second = tasks.claim(2, "w", MINUTE)
    assert names([first, second]) == ["a", "b"]
    assert first.lease_token != second.lease_token
    assert (first.status, first.attempts, first.locked_by) == ("running", 1, "w")
    assert names(tasks.claim(9, "w", MINUTE)) == ["c"]
    assert tasks.claim(9, "w", MINUTE) == []
    assert names(tasks.in_progress().order_by("pk")) == ["c", "b", "a"]
    stored = tasks.get(pk=first.pk)
    assert (stored.lease_token, stored.locked_until) == (first.lease_token, first.locked_until)


def test_a_claim_takes_what_was_lost_and_ends_what_may_not_be_tried_again(tasks):
    one = lost("again")
    lost("spent", attempts=5)
    lost("to stop", cancel_requested=True)
    assert names(tasks.claim(9, "w", MINUTE)) == ["again"]
    assert {task.name: (task.status, task.attempts, task.last_error) for task in tasks.all()} == {
        "again": ("running", 2, ""),
        "spent": ("dead", 5, "the lease ended"),
        "to stop": ("cancelled", 1, ""),
    }
    assert tasks.get(name="again").lease_token != one.lease_token


def test_those_lost_first_are_given_back_first(tasks):
    lost("second", ago=2 * MINUTE)
    lost("first", ago=3 * MINUTE)
    lost("third", ago=2 * MINUTE)
    assert tasks.reclaim(2) == 2
    assert names(tasks.filter(status="queued").order_by("pk")) == ["second", "first"]
    lost("spent", ago=4 * MINUTE, attempts=5)
    lost("spent too", ago=5 * MINUTE, attempts=5)
    tasks.claim(1, "w", MINUTE)
    assert names(tasks.filter(status="dead")) == ["spent too"]


def test_who_comes_late_writes_nothing(tasks):
    make()
    (old,) = tasks.claim(1, "slow", MINUTE)
    tasks.update(locked_until=Now() - STEP)
    (new,) = tasks.claim(1, "quick", MINUTE)
    before = tasks.values().get()
    assert tasks.finish(old.pk, old.lease_token) is False
    assert tasks.fail(old.pk, old.lease_token, "no") is None
    assert tasks.beat("slow", MINUTE, [old.lease_token]) == (0, [])
    assert tasks.values().get() == before
    assert tasks.beat("slow", MINUTE, [new.lease_token]) == (0, [])
    assert tasks.finish(new.pk, new.lease_token, {"n": 1}) is True
    assert tasks.finish(new.pk, new.lease_token) is False
    assert tasks.get().result == {"n": 1}


def test_a_lease_that_has_ended_can_be_finished_while_nobody_has_taken_it_but_not_extended(tasks):
    task = lost()
    assert tasks.beat("gone", MINUTE, [task.lease_token]) == (0, [])
    assert tasks.finish(task.pk, task.lease_token)


def test_a_beat_extends_and_never_shortens_and_tells_what_to_give_up(tasks):
    make()
    (task,) = tasks.claim(1, "w", timedelta(hours=1))
    assert tasks.beat("w", MINUTE, [task.lease_token, uuid4()]) == (1, [])
    assert tasks.get().locked_until == task.locked_until
    assert tasks.all().cancel() == (0, 1)
    assert tasks.all().cancel() == (0, 0)
    assert tasks.beat("w", timedelta(hours=2), [task.lease_token]) == (1, [task.lease_token])
    assert tasks.get().locked_until > task.locked_until
    assert tasks.fail(task.pk, task.lease_token, "stopped") == "cancelled"


def test_a_failure_waits_twice_as_long_each_time_up_to_the_cap(tasks):
    make(max_attempts=4)
    waits = []
    for _ in range(4):
        (task,) = tasks.claim(1, "w", MINUTE)
        state = tasks.fail(task.pk, task.lease_token, "no", base=100, cap=250, jitter=False)
        stored = tasks.get()
        waits.append(stored.eta and round((stored.eta - stored.last_updated).total_seconds()))
        assert tasks.claim(1, "w", MINUTE) == []
        if state == "failed":
            tasks.update(eta=Now() - STEP)
    assert waits[:3] == [100, 200, 250]
    assert (state, stored.retry_count, stored.last_error) == ("dead", 4, "no")


def test_jitter_adds_a_tenth_at_most(tasks):
    for _ in range(20):
        make()
    for task in tasks.claim(20, "w", MINUTE):
        tasks.fail(task.pk, task.lease_token, "no", base=1000)
    seconds = {(task.eta - task.last_updated).total_seconds() for task in tasks.all()}
    assert len(seconds) > 1
    assert 1000 <= min(seconds) <= max(seconds) < 1100


def test_attempts_without_an_end_do_not_overflow(tasks):
    make(attempts=5000, max_attempts=9000)
    (task,) = tasks.claim(1, "w", MINUTE)
    assert tasks.fail(task.pk, task.lease_token, "\0\ud800" + "x" * 5000) == "failed"
    assert len(tasks.get().last_error) == 2000


def test_in_order_within_a_group_the_oldest_and_none_while_one_runs(tasks):
    for name, group, columns in (
        ("a1", "a", {}), ("a2", "a", {"priority": 9}), ("b1", "b", {"status": "done"}), ("b2", "b", {}),
        ("c1", "c", {"status": "pending"}), ("c2", "c", {}), ("free", None, {}), ("free too", None, {}),
    ):  # fmt: skip
        make(name, group_key=group, **columns)
    lost("d1", group_key="d")
    make("d2", group_key="d")
    make("e1", group_key="e")
    lost("e2", group_key="e", locked_until=Now() + MINUTE)
    found = tasks.claim(99, "w", MINUTE, one_per="group")
    assert names(found) == ["a1", "b2", "free", "free too", "d1"]
    assert tasks.claim(99, "w", MINUTE, one_per="group_key") == []
    tasks.finish(found[0].pk, found[0].lease_token)
    assert names(tasks.claim(99, "w", MINUTE, one_per="group")) == ["a2"]


def test_fairly_a_full_queue_does_not_keep_others_waiting(tasks):
    for place in range(5):
        make(f"full {place}", queue="full", priority=9)
    make("small 0", queue="small")
    make("small 1", queue="small", priority=1)
    assert names(tasks.claim(3, "w", MINUTE, fair_by="queue")) == ["full 0", "small 1", "full 1"]
    assert names(tasks.claim(9, "w", MINUTE, fair_by="queue", queues=["small"])) == ["small 0"]
    assert tasks.claim(9, "w", MINUTE, queues=[]) == []


def test_a_chain_says_which_rows_are_claimed(tasks):
    make("a", payload={"kind": "x"})
    make("b", payload={"kind": "y"})
    assert names(tasks.filter(payload__kind="y").claim(9, "w", MINUTE)) == ["b"]


def test_what_is_queued_again_keeps_its_errors_and_its_key_is_nobody_elses(tasks):
    over = {"status": "dead", "attempts": 5, "last_error": "why"}
    make("kept", **over, payload={"errors": ["before"], "n": 1})
    make("no object", **over, payload=[1])
    make("no error", **{**over, "last_error": ""})
    make("odd", **over, payload={"errors": "text"})
    make("older", **over, dedup_key="k")
    make("newer", **over, dedup_key="k")
    make("taken", **over, dedup_key="t")
    make("taking", dedup_key="t")
    make("done", status="done")
    assert tasks.all().requeue() == 5
    found = {task.name: (task.status, task.attempts, task.payload, task.last_error) for task in tasks.all()}
    assert found == {
        "kept": ("queued", 0, {"errors": ["before", "why"], "n": 1}, ""),
        "no object": ("queued", 0, [1], "why"),
        "no error": ("queued", 0, {}, ""),
        "odd": ("queued", 0, {"errors": ["why"]}, ""),
        "older": ("dead", 5, {}, "why"),
        "newer": ("queued", 0, {"errors": ["why"]}, ""),
        "taken": ("dead", 5, {}, "why"),
        "taking": ("queued", 0, {}, ""),
        "done": ("done", 0, {}, ""),
    }


def test_a_key_is_enqueued_again_once_its_row_is_over(tasks):
    first, is_new = tasks.enqueue_once("k", name="a", priority=3)
    assert (is_new, first.priority, first.status) == (True, 3, "queued")
    assert tasks.enqueue_once("k", name="b") == (first, False)
    for status, again in (("pending", False), ("running", False), ("failed", False), ("done", True)):
        tasks.filter(pk=first.pk).update(status=status)
        assert tasks.enqueue_once("k", name="c")[1] is again
    with pytest.raises(IntegrityError):
        make(dedup_key="k")


def test_health_counts_what_a_worker_would_take(tasks):
    now = timezone.now()
    make(queue="q", created_at=now - 9 * MINUTE, status="failed", attempts=5)
    make(queue="q", created_at=now - 2 * MINUTE)
    make(queue="q", created_at=now - MINUTE, eta=now - 3 * MINUTE)
    make(queue="q", eta=now + MINUTE, status="failed", attempts=5)
    make(queue="r", eta=now + MINUTE)
    assert list(tasks.health_by("queue", at=now)) == [
        {"queue": "q", "ready": 2, "delayed": 0, "running": 0, "expired": 0, "dead": 0, "oldest_wait": 120.0},
        {"queue": "r", "ready": 0, "delayed": 1, "running": 0, "expired": 0, "dead": 0, "oldest_wait": None},
    ]


def test_waiting_begins_with_the_moment_or_with_the_row(tasks):
    now = timezone.now()
    make("row", created_at=now - MINUTE, eta=now - 2 * MINUTE)
    make("moment", created_at=now - 2 * MINUTE, eta=now - MINUTE)
    make("none", created_at=now - 3 * MINUTE)
    make("to come", created_at=now, eta=now + MINUTE)
    found = {task.name: task.wait / MINUTE for task in tasks.with_wait(now)}
    assert found == {"row": 1, "moment": 1, "none": 3, "to come": -1}


def test_the_states_are_conditions_too(tasks):
    lost("lost")
    make("queued")
    make("failed", status="failed", attempts=5)
    assert names(tasks.any_of(P.expired(), P.ready()).order_by("pk")) == ["lost", "queued"]
    assert names(tasks.none_of(P.expired(), P.ready())) == ["failed"]
    assert not tasks.retryable().exists()
    assert not tasks.in_progress().exists()
