"""Tasks in every state, with ties and on every bound that a queue has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from example_project.world.builder import Builder

from .rows import Task

STEP = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def fill(world: Builder) -> None:
    """Ordinary tasks, then planted ones."""
    for number in range(30):
        status = ("queued", "queued", "done", "failed", "done", "cancelled")[number % 6]
        _task(world, f"ordinary-{number}", status, queue=("default", "mail", "index")[number % 3], priority=number % 4)
    _waiting(world)
    _tried(world)
    _held(world)
    _grouped(world)
    _left(world)
    _in_turn(world)
    _died(world)


def _task(world: Builder, name: str, status: str, **columns: Any) -> Task:
    number = len(world.rows(Task)) + 1
    created = world.now - timedelta(hours=100 - number)
    over = status in {"done", "dead", "cancelled"}
    ran = status in {"running", "done", "failed", "dead"}
    attempts = columns.get("attempts", int(ran))
    defaults = {
        "queue": "default",
        "payload": {"number": number},
        "priority": 0,
        "eta": None,
        "attempts": attempts,
        "max_attempts": 5,
        "retry_count": attempts if status in {"failed", "dead"} else max(0, attempts - 1),
        "locked_by": None,
        "locked_until": None,
        "lease_token": None,
        "cancel_requested": False,
        "group_key": None,
        "dedup_key": None,
        "result": {"ok": True} if status == "done" else None,
        "last_error": "TimeoutError: it took too long" if status in {"failed", "dead"} else "",
        "created_at": created,
        "started_at": created + timedelta(minutes=5) if ran else None,
        "finished_at": created + timedelta(minutes=9) if over else None,
        "last_updated": created + timedelta(minutes=9) if over else created,
    }
    return world.add(Task, name=name, status=status, **defaults | columns)


def _waiting(world: Builder) -> None:
    """Due now and a step beside it, of one priority and of several; pending ones, on the bound of an hour."""
    for status in ("queued", "pending", "failed"):
        for step in (-HOUR, -STEP, 0 * STEP, STEP, HOUR):
            _task(world, f"due-{status}", status, eta=world.now + step, priority=5)
        for priority in (-1, 5, 5):
            _task(world, f"at-once-{status}", status, priority=priority)
    for status in ("pending", "queued"):
        for step in (-STEP, 0 * STEP, STEP):
            _task(world, f"old-{status}", status, last_updated=world.now - HOUR + step)
    _task(world, "later-only", "queued", queue="nightly", eta=world.now + 8 * HOUR)


def _tried(world: Builder) -> None:
    """Failed with attempts left, with one left, with none and, as where the limit was lowered, with less than none."""
    for attempts in (3, 4, 5, 6):
        _task(world, f"failed-{attempts}", "failed", attempts=attempts, eta=world.now - HOUR)
    for step in (-STEP, 0 * STEP, STEP):
        _task(world, "dead", "dead", attempts=5, finished_at=world.now - 24 * HOUR + step)


def _held(world: Builder) -> None:
    """Leases that hold, that have just ended, and that end now; with attempts left and without."""
    for number, (step, attempts) in enumerate(
        [(HOUR, 1), (HOUR, 5), (-STEP, 1), (-STEP, 5), (0 * STEP, 2), (STEP, 2), (-HOUR, 4)]
    ):
        _task(
            world,
            f"held-{number}",
            "running",
            attempts=attempts,
            locked_by=f"w{1 + number % 3}",
            locked_until=world.now + step,
            lease_token=UUID(int=1 + number),
            cancel_requested=number == 0,
        )


def _grouped(world: Builder) -> None:
    """In order within a group: one that runs, one that waits for it, a group of its own; keys taken once and again."""
    held = {"locked_by": "w1", "locked_until": world.now + HOUR, "lease_token": UUID(int=100)}
    _task(world, "first-of-a", "running", group_key="a", **held)
    _task(world, "second-of-a", "queued", group_key="a", priority=9)
    for place in range(3):
        _task(world, f"of-b-{place}", "queued", group_key="b", priority=place)
    _task(world, "of-c-done", "done", group_key="c")
    _task(world, "of-c", "queued", group_key="c")
    for status in ("done", "dead", "queued"):
        _task(world, f"once-{status}", status, dedup_key="report")
    _task(world, "once-over", "done", dedup_key="over")


def _left(world: Builder) -> None:
    """Left over and spent, two at one moment and one that ends now; of a group, with attempts left."""
    held: dict[str, Any] = {"locked_by": "w2", "attempts": 5}
    for number, step in enumerate((-2 * HOUR, -3 * HOUR, -3 * HOUR, 0 * STEP)):
        _task(world, "spent", "running", locked_until=world.now + step, lease_token=UUID(int=200 + number), **held)
    for group, step in (("d", -HOUR), ("e", HOUR)):
        lease = {"locked_until": world.now + step, "lease_token": UUID(int=210 + (group == "d"))}
        _task(world, f"first-of-{group}", "running", group_key=group, locked_by="w2", **lease)
        _task(world, f"second-of-{group}", "queued", group_key=group)


def _in_turn(world: Builder) -> None:
    """Of queues of their own and one priority: of two moments, the later one first; and of one moment."""
    for queue, before in (("late", HOUR), ("early", 2 * HOUR), ("same-b", 3 * HOUR), ("same-a", 3 * HOUR)):
        _task(world, f"in-{queue}", "queued", queue=queue, priority=7, eta=world.now - before)
    _task(world, "spent-and-oldest", "failed", queue="late", attempts=5, created_at=world.now - 300 * HOUR)


def _died(world: Builder) -> None:
    """Dead: twice with one key, without an error, with a payload that holds no errors."""
    died = world.now - 30 * HOUR
    for _ in range(2):
        _task(world, "twice-dead", "dead", attempts=5, dedup_key="twice", finished_at=died)
    _task(world, "dead-without-error", "dead", attempts=5, last_error="", finished_at=died)
    _task(world, "dead-of-a-list", "dead", attempts=5, payload=[1, 2], finished_at=died + 2 * HOUR)
