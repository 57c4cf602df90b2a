"""What the patterns of a queue must give; the server's clock stands at the world's now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from example_project.catalogue.checking import CHANCE, TOKEN, Noted, Written, case, empty, noted, oracle, refused
from example_project.world import World
from example_project.world.ops.rows import Task

HOUR = timedelta(hours=1)
STEP = timedelta(microseconds=1)
OPEN = {"queued", "pending", "running", "failed"}


def _is_due(task: Task, at: datetime) -> bool:
    return task.eta is None or task.eta <= at


def _order(task: Task) -> tuple[Any, ...]:
    return -task.priority, task.eta is None, task.eta, task.id


def _in_order(tasks: list[Task]) -> list[Task]:
    return sorted(tasks, key=_order)


def _named(name: str, place: int = 0) -> Callable[[World], int]:
    """The id of a task by its name."""
    return lambda world: [task.id for task in world.tasks if task.name == name][place]


@oracle(462, ordered=True)
def queued_tasks(world: World, at: datetime) -> list[Task]:
    return _in_order([task for task in world.tasks if task.status == "queued" and _is_due(task, at)])


@oracle(464, case(older_than=HOUR + STEP), case(older_than=HOUR - STEP), empty(older_than=timedelta(days=99)))
def incomplete_tasks(world: World, older_than: timedelta, at: datetime) -> list[Task]:
    return [task for task in world.tasks if task.status == "pending" and at - task.last_updated >= older_than]


@oracle(466)
def failed_async_tasks(world: World) -> list[Task]:
    return [task for task in world.tasks if task.status == "failed" and task.attempts < task.max_attempts]


@oracle(467, ordered=True)
def session_load(world: World) -> list[dict[str, Any]]:
    active: Counter[str] = Counter(each.worker_id for each in world.sessions if each.status == "active")
    return [
        {"worker_id": worker, "active": active[worker]}
        for worker in sorted({each.worker_id for each in world.sessions})
    ]


@oracle(469)
def pending_jobs(world: World, at: datetime) -> list[Noted]:
    return [
        noted(task, eta_remaining=None if task.eta is None else task.eta - at)
        for task in world.tasks
        if task.status == "pending"
    ]


@oracle(471, ordered=True)
def retry_queue(world: World, at: datetime) -> list[Task]:
    return _in_order([task for task in failed_async_tasks(world) if _is_due(task, at)])


def _claimable(world: World) -> list[Task]:
    now = world.now
    return _in_order(
        [
            task
            for task in world.tasks
            if task.attempts < task.max_attempts
            and (
                (task.status in {"queued", "failed"} and _is_due(task, now))
                or (_is_lost(task, now) and not task.cancel_requested)
            )
        ]
    )


def _is_lost(task: Task, now: datetime) -> bool:
    return task.status == "running" and task.locked_until is not None and task.locked_until < now


def _by_lease(tasks: list[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.locked_until, task.id))


def _given_back(task: Task, now: datetime) -> Task:
    spent = task.attempts >= task.max_attempts
    over = spent or task.cancel_requested
    return replace(
        task,
        status="cancelled" if task.cancel_requested else "dead" if spent else "queued",
        locked_by=None,
        locked_until=None,
        lease_token=None,
        finished_at=now if over else task.finished_at,
        last_error="the lease ended" if spent else task.last_error,
        last_updated=now,
    )


def _claimed(world: World, chosen: list[Task], worker: str, n: int, lease: timedelta) -> Written:
    now = world.now
    lost = [task for task in world.tasks if _is_lost(task, now)]
    over = [task for task in lost if task.attempts >= task.max_attempts or task.cancel_requested]
    taken = [
        replace(
            task,
            status="running",
            attempts=task.attempts + 1,
            locked_by=worker,
            locked_until=now + lease,
            lease_token=TOKEN,
            started_at=now,
            last_updated=now,
        )
        for task in chosen[:n]
    ]
    return Written(taken, rows=[*taken, *(_given_back(task, now) for task in _by_lease(over)[:n])])


@oracle(472, case(n=1), case(n=2), case(n=1000), case(n=20, lease=HOUR), empty(n=0), refused(ValueError, n=-1))
def claim_tasks(world: World, worker: str, n: int, lease: timedelta) -> Written:
    return _claimed(world, _claimable(world), worker, n, lease) if n else Written([])


HELD = [UUID(int=1 + number) for number in range(7)]


@oracle(
    473,
    case(tokens=[*HELD, UUID(int=100), UUID(int=99)]),
    case(worker="w2", tokens=HELD),
    case(worker="w3", tokens=HELD, lease=2 * HOUR),
    case(lease=2 * HOUR),
    empty(tokens=[UUID(int=99)]),
    refused(ValueError, lease=timedelta(0)),
)
def heartbeat(world: World, worker: str, tokens: list[UUID], lease: timedelta) -> Written:
    now = world.now
    held = [
        task
        for task in world.tasks
        if task.status == "running"
        and task.locked_until is not None
        and task.locked_until >= now
        and task.locked_by == worker
        and task.lease_token in tokens
    ]
    rows = [replace(task, locked_until=max(task.locked_until or now, now + lease), last_updated=now) for task in held]
    stop = [task.lease_token for task in held if task.cancel_requested]
    return Written({"held": len(held), "cancel_requested": stop}, rows=rows)


def _held(world: World, task_id: int, token: UUID) -> Task | None:
    """The task, as long as the token is its own."""
    return next(
        (task for task in world.tasks if task.id == task_id and task.lease_token == token and task.status == "running"),
        None,
    )


FREE: dict[str, Any] = {"locked_by": None, "locked_until": None, "lease_token": None}


@oracle(
    474,
    *(case(task_id=_named(f"held-{place}"), token=UUID(int=1 + place)) for place in range(6)),
    empty(task_id=_named("held-1"), token=UUID(int=1)),
)
def finish_task(world: World, task_id: int, token: UUID, result: dict[str, Any]) -> Written:
    task, now = _held(world, task_id, token), world.now
    if task is None:
        return Written(False)  # noqa: FBT003
    done = replace(task, status="done", result=result, finished_at=now, last_updated=now, **FREE)
    return Written(True, rows=[done])  # noqa: FBT003


@oracle(
    475,
    *(case(task_id=_named(f"held-{place}"), token=UUID(int=1 + place)) for place in range(7)),
    empty(task_id=_named("held-1"), token=UUID(int=1)),
    case(task_id=_named("held-2"), token=UUID(int=3), error="x" * 3000),
    case(task_id=_named("held-2"), token=UUID(int=3), error="\0 in it"),
)
def fail_task(world: World, task_id: int, token: UUID, error: str) -> Written:
    task, now = _held(world, task_id, token), world.now
    if task is None:
        return Written(None)
    spent = task.attempts >= task.max_attempts
    status = "cancelled" if task.cancel_requested else "dead" if spent else "failed"
    seconds = min(3600, 10 * 2 ** (task.attempts - 1)) * (1 + 0.1 * CHANCE)
    failed = replace(
        task,
        status=status,
        eta=now + timedelta(seconds=seconds) if status == "failed" else task.eta,
        finished_at=task.finished_at if status == "failed" else now,
        last_error=error[:2000].replace("\0", "\ufffd"),
        retry_count=task.retry_count + 1,
        last_updated=now,
        **FREE,
    )
    return Written(status, rows=[failed])


@oracle(476, case(limit=1), case(limit=2), empty(limit=0), refused(ValueError, limit=-1))
def reclaim_expired(world: World, limit: int) -> Written:
    lost = _by_lease([task for task in world.tasks if _is_lost(task, world.now)])[:limit]
    return Written(len(lost), rows=[_given_back(task, world.now) for task in lost])


@oracle(
    477,
    case(before=lambda world: world.now),
    case(before=lambda world: world.now - 29 * HOUR),
    case(before=lambda world: world.now - 24 * HOUR + STEP),
    case(before=lambda world: world.now - 24 * HOUR + 2 * STEP),
    empty(before=datetime.fromisoformat("2020-01-01T00Z")),
)
def revive_dead(world: World, before: datetime) -> Written:
    keys = {task.dedup_key for task in world.tasks if task.status in OPEN}
    last = {task.dedup_key: task.id for task in world.tasks if task.status in {"dead", "cancelled"}}
    revived = [
        task
        for task in world.tasks
        if task.status == "dead"
        and task.finished_at is not None
        and task.finished_at < before
        and (task.dedup_key is None or (task.dedup_key not in keys and task.id == last[task.dedup_key]))
    ]
    rows: list[Task] = []
    for task in revived:
        queued = replace(
            task,
            status="queued",
            eta=None,
            attempts=0,
            finished_at=None,
            cancel_requested=False,
            last_updated=world.now,
        )
        if task.last_error and isinstance(task.payload, dict):  # else what went wrong stays where it is
            errors = [*task.payload.get("errors", []), task.last_error]
            queued = replace(queued, payload={**task.payload, "errors": errors}, last_error="")
        rows.append(queued)
    return Written(len(rows), rows=rows)


@oracle(478, case(ids=lambda world: [task.id for task in world.tasks]), empty(ids=[]), empty(ids=[10**6]))
def cancel_tasks(world: World, ids: list[int]) -> Written:
    chosen, now = [task for task in world.tasks if task.id in ids], world.now
    waiting = [task for task in chosen if task.status in {"queued", "pending", "failed"}]
    running = [task for task in chosen if task.status == "running" and not task.cancel_requested]
    rows = [
        *(replace(task, status="cancelled", finished_at=now, last_updated=now) for task in waiting),
        *(replace(task, cancel_requested=True, last_updated=now) for task in running),
    ]
    return Written({"now": len(waiting), "requested": len(running)}, rows=rows)


@oracle(479, empty(key="report"), case(key="over"))
def enqueue_once(world: World, key: str, payload: dict[str, Any], at: datetime) -> Written:
    known = next((task for task in world.tasks if task.dedup_key == key and task.status in OPEN), None)
    if known is not None:
        return Written([known, False])
    new = Task(
        id=0, queue="default", name="report", payload=payload, status="queued", priority=0, eta=None, attempts=0,
        max_attempts=5, retry_count=0, locked_by=None, locked_until=None, lease_token=None, cancel_requested=False,
        group_key=None, dedup_key=key, result=None, last_error="", created_at=at, started_at=None, finished_at=None,
        last_updated=at,
    )  # fmt: skip
    return Written([new, True], rows=[new])


@oracle(480, case(n=1), case(n=1000))
def claim_in_order(world: World, worker: str, n: int, lease: timedelta) -> Written:
    unfinished: dict[str, list[Task]] = {}
    for task in world.tasks:
        if task.group_key is not None and task.status in OPEN:
            unfinished.setdefault(task.group_key, []).append(task)
    first = {
        tasks[0].id for tasks in unfinished.values() if not any(task.status == "running" for task in tasks[1:])
    }  # which may have been left over itself
    chosen = [task for task in _claimable(world) if task.group_key is None or task.id in first]
    return _claimed(world, chosen, worker, n, lease)


@oracle(481, *(case(n=n) for n in (*range(1, 11), 14, 17, 1000)))
def claim_fairly(world: World, worker: str, n: int, lease: timedelta) -> Written:
    turns: Counter[str] = Counter()
    in_turn: list[tuple[int, Task]] = []
    for task in _claimable(world):
        in_turn.append((turns[task.queue], task))
        turns[task.queue] += 1
    return _claimed(world, [task for _, task in sorted(in_turn, key=lambda pair: pair[0])], worker, n, lease)


@oracle(
    482,
    case(at=lambda world: world.now - 3 * HOUR),
    case(at=lambda world: world.now + 8 * HOUR),
    case(at=lambda world: world.now + 8 * HOUR - STEP),
    ordered=True,
)
def queue_health(world: World, at: datetime) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for queue in sorted({task.queue for task in world.tasks}):
        tasks = [task for task in world.tasks if task.queue == queue]
        waiting = [task for task in tasks if task.status in {"queued", "failed"} and task.attempts < task.max_attempts]
        ready = [task for task in waiting if _is_due(task, at)]
        running = [task.locked_until for task in tasks if task.status == "running" and task.locked_until is not None]
        since = [max(task.created_at, task.eta or task.created_at) for task in ready]
        found.append(
            {
                "queue": queue,
                "ready": len(ready),
                "delayed": len(waiting) - len(ready),
                "running": sum(until >= at for until in running),
                "expired": sum(until < at for until in running),
                "dead": sum(task.status == "dead" for task in tasks),
                "oldest_wait": (at - min(since)).total_seconds() if since else None,
            }
        )
    return found
