"""A table of tasks as a queue: what waits, what fails, and who works on what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from example_project.catalogue import pattern
from example_project.ops.models import Session, Task

MINUTE = timedelta(minutes=1)
HELD = UUID(int=1)
LONG_AGO = datetime.fromisoformat("2026-03-30T12:00Z")


@pattern(462, "Tasks that could be worked on")
def queued_tasks(at: datetime | None = None) -> QuerySet[Task]:
    """Queued, and their moment has come or is none: the highest priority first, then the earliest moment."""
    return Task.objects.ready(at).ranked("-priority", "eta")


@pattern(464, "Tasks that nobody has touched")
def incomplete_tasks(older_than: timedelta = timedelta(hours=1), at: datetime | None = None) -> QuerySet[Task]:
    """Pending tasks that have not changed for as long as that, or longer."""
    return Task.objects.by(status="pending").stuck(older_than, at=at)


@pattern(466, "Tasks that failed and are tried again")
def failed_async_tasks() -> QuerySet[Task]:
    """Failed with attempts left, whenever the next one is due."""
    return Task.objects.retryable()


@pattern(467, "Active sessions of each worker")
def session_load() -> QuerySet[Session, dict[str, Any]]:
    """How many of a worker's sessions are active; 0 for a worker that has others only."""
    return Session.objects.agg_by("worker_id", active=Count("pk", filter=Q(status="active")))


@pattern(469, "Time until a task is due")
def pending_jobs(at: datetime | None = None) -> QuerySet[Task]:
    """Pending tasks with the time that is left until their moment: negative where it has come, None without one."""
    return Task.objects.by(status="pending").with_eta(at)


@pattern(471, "Tasks to be tried again now")
def retry_queue(at: datetime | None = None) -> QuerySet[Task]:
    """Failed with attempts left, and the time to wait after a failure is over, in the order in which they are taken."""
    return Task.objects.retryable().ready(at, states="failed").ranked("-priority", "eta")


@pattern(472, "Tasks claimed for a while")
def claim_tasks(worker: str = "w9", n: int = 5, lease: timedelta = MINUTE) -> list[Task]:
    """So many tasks, nobody else's until the lease ends, those of dead workers among them; each begins an attempt."""
    return Task.objects.claim(n, worker, lease)


@pattern(473, "A worker's sign of life")
def heartbeat(worker: str = "w1", tokens: list[UUID] = [HELD], lease: timedelta = MINUTE) -> dict[str, Any]:  # noqa: B006
    """How many of its leases a worker still holds, which last longer now, and which of them it should give up."""
    return Task.objects.beat(worker, lease, tokens)._asdict()


@pattern(474, "A task finished once")
def finish_task(task_id: int = 69, token: UUID = HELD, result: dict[str, Any] = {"ok": 1}) -> bool:  # noqa: B006
    """Whether a task is done now: a worker that comes late, whose token is no longer the task's, writes nothing."""
    return Task.objects.finish(task_id, token, result)


@pattern(475, "A task that failed")
def fail_task(task_id: int = 69, token: UUID = HELD, error: str = "ValueError: no") -> str | None:
    """Failed, to be tried again after ever longer, or dead after its last attempt; None for one that comes late."""
    return Task.objects.fail(task_id, token, error)


@pattern(476, "Tasks of dead workers")
def reclaim_expired(limit: int = 100) -> int:
    """How many tasks whose lease has ended are queued again, or dead where no attempts are left."""
    return Task.objects.reclaim(limit)


@pattern(477, "Dead tasks revived")
def revive_dead(before: datetime = LONG_AGO) -> int:
    """How many tasks that died before a moment are queued again; what went wrong is kept in their payload."""
    return Task.objects.filter(status="dead", finished_at__lt=before).requeue()


@pattern(478, "Tasks cancelled")
def cancel_tasks(ids: list[int] = [1, 4, 40, 75, 76]) -> dict[str, int]:  # noqa: B006
    """How many tasks are cancelled at once, and of how many the worker is asked to stop; what is over stays."""
    return Task.objects.by(pk=ids).cancel()._asdict()


@pattern(479, "A task enqueued once")
def enqueue_once(
    key: str = "new",
    payload: dict[str, Any] = {"page": 1},  # noqa: B006
    at: datetime | None = None,
) -> tuple[Task, bool]:
    """The unfinished task that has the key, and whether it is new: however many ask at a time, there is one."""
    now = at or timezone.now()
    return Task.objects.enqueue_once(key, name="report", payload=payload, created_at=now, last_updated=now)


@pattern(480, "Tasks claimed in order")
def claim_in_order(worker: str = "w9", n: int = 8, lease: timedelta = MINUTE) -> list[Task]:
    """Of each group the oldest unfinished task, and none while one is running; those of no group as they come."""
    return Task.objects.claim(n, worker, lease, one_per="group")


@pattern(481, "Tasks claimed fairly")
def claim_fairly(worker: str = "w9", n: int = 5, lease: timedelta = MINUTE) -> list[Task]:
    """One task of each queue, then a second of each, and so on: a queue that is full does not keep others waiting."""
    return Task.objects.claim(n, worker, lease, fair_by="queue")


@pattern(482, "How the queues do")
def queue_health(at: datetime | None = None) -> QuerySet[Task, dict[str, Any]]:
    """For each queue what could run, must wait, is running, was left, and is dead; and the longest wait in seconds."""
    return Task.objects.health_by("queue", at=at)
