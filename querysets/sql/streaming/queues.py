"""Rows of a table as a queue: what state they are in, and which of them may be worked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Func, Min, Q, Value
from django.db.models.functions import Greatest, Now

from querysets.roles import role_of
from querysets.scope import Scope
from querysets.sql.fields import FLOAT
from querysets.sql.values import names
from querysets.sql.zones import now

QUEUED: Final = "queued"
PENDING: Final = "pending"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
DEAD: Final = "dead"
CANCELLED: Final = "cancelled"
STATES: Final = (QUEUED, PENDING, RUNNING, DONE, FAILED, DEAD, CANCELLED)
TAKEN_FROM: Final = (QUEUED, FAILED)
"""Those that a worker takes, once their moment has come."""
OPEN: Final = (QUEUED, PENDING, RUNNING, FAILED)
"""Those whose work is not over."""


def optional(scope: Scope, role: str) -> str | None:
    """The path to a role that a queue can do without."""
    found = role_of(scope.model, role)
    return None if found is None else scope.path(found.field)


def is_state(scope: Scope, *states: str) -> Q:
    """In one of ``states``."""
    name = scope.role("state")
    return Q((name, states[0])) if len(states) == 1 else Q((f"{name}__in", states))


def due(scope: Scope, moment: Any) -> Q:
    """Not put off until after ``moment``."""
    name = scope.role("run_at")
    return Q((f"{name}__isnull", True)) | Q((f"{name}__lte", moment))


def ready(scope: Scope, at: datetime | None = None, *, states: str | Sequence[str] = QUEUED) -> Q:
    return is_state(scope, *_states(scope, states)) & due(scope, now(scope, at))


def _states(scope: Scope, states: Any) -> tuple[str, ...]:
    wanted = names(scope, "states", states)
    if not wanted or set(wanted) - set(STATES):
        raise ValueError(f"{scope.label}: states must be some of {', '.join(map(repr, STATES))}, got {states!r}")
    return wanted


def expired(scope: Scope, at: datetime | None = None) -> Q:
    return is_state(scope, RUNNING) & Q((f"{scope.role('lease_until')}__lt", _clock(scope, at)))


def in_progress(scope: Scope, at: datetime | None = None) -> Q:
    return is_state(scope, RUNNING) & Q((f"{scope.role('lease_until')}__gte", _clock(scope, at)))


def _clock(scope: Scope, at: datetime | None) -> Any:
    """The moment that leases are held against: the server's, for all workers have the same."""
    return Now() if at is None else now(scope, at)


def has_attempts(scope: Scope) -> Q:
    """It may be tried again."""
    return Q((f"{scope.role('attempts')}__lt", F(scope.role("max_attempts"))))


def is_spent(scope: Scope) -> Q:
    """It may not be tried again."""
    return Q((f"{scope.role('attempts')}__gte", F(scope.role("max_attempts"))))


def retryable(scope: Scope) -> Q:
    return is_state(scope, FAILED) & has_attempts(scope)


def stuck(scope: Scope, older_than: timedelta, *, field: str | None = None, at: datetime | None = None) -> Q:
    name = scope.role("updated", field)
    before = now(scope, at) - duration(scope, "older_than", older_than, least=timedelta(0))
    return Q((f"{name}__lte", before))


def duration(scope: Scope, name: str, value: Any, *, least: timedelta = timedelta(microseconds=1)) -> timedelta:
    """A timedelta, not a negative one."""
    if not isinstance(value, timedelta):
        raise TypeError(f"{scope.label}: {name} must be a timedelta, got {value!r}")
    if value < least:
        raise ValueError(f"{scope.label}: {name} must be {'more than nothing' if least else 'no less than 0'}")
    return value


def wait(scope: Scope, at: datetime | None) -> Any:
    """How long since it might have been worked on; negative where that is to come."""
    moment = Value(now(scope, at), DateTimeField())
    return ExpressionWrapper(moment - since(scope), DurationField())


def since(scope: Scope) -> Any:
    """Since when it might have been worked on."""
    return Greatest(scope.role("run_at"), scope.role("timestamp"))  # which passes over NULL


def eta(scope: Scope, at: datetime | None) -> Any:
    """The time until its moment comes; negative where it has."""
    moment = Value(now(scope, at), DateTimeField())
    return ExpressionWrapper(F(scope.role("run_at")) - moment, DurationField())


class _Seconds(Func):
    """The length of an interval in seconds."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
    output_field = FLOAT


def health(scope: Scope, at: datetime | None) -> Mapping[str, Any]:
    """How many rows of a group are in which state, and how long the oldest of those that could go on has waited."""
    moment = now(scope, at)
    waits = is_state(scope, *TAKEN_FROM) & has_attempts(scope)
    is_ready = waits & due(scope, moment)
    oldest: Any = Min(since(scope), filter=is_ready)
    return {
        "ready": Count("pk", filter=is_ready),
        "delayed": Count("pk", filter=waits & Q((f"{scope.role('run_at')}__gt", moment))),
        "running": Count("pk", filter=in_progress(scope, moment)),
        "expired": Count("pk", filter=expired(scope, moment)),
        "dead": Count("pk", filter=is_state(scope, DEAD)),
        "oldest_wait": _Seconds(Value(moment, DateTimeField()) - oldest),
    }


def claim_order(scope: Scope) -> list[str]:
    """The keys by which rows are taken."""
    priority = optional(scope, "priority")
    return [*([] if priority is None else [f"-{priority}"]), scope.role("run_at")]
