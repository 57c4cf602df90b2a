"""Writes of a queue from outside: rows are added once, queued again, cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Case, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Now

from querysets._types import meta
from querysets.scope import Scope
from querysets.sql.expressions import Operator
from querysets.sql.fields import JSON, TEXTS
from querysets.sql.postgres.json.expressions import Document, at, is_a, only_if
from querysets.sql.subqueries.columns import column
from querysets.sql.subqueries.writing import Rewrite, rewrite

from .claims import check_table, columns
from .queues import CANCELLED, DEAD, FAILED, OPEN, PENDING, QUEUED, RUNNING, is_state, optional


class Cancelled(NamedTuple):
    """How many rows were cancelled at once, and of how many who works on them was asked to stop."""

    now: int
    requested: int


def requeue(scope: Scope, *, reset: bool) -> Rewrite:
    check_table(scope)
    values: dict[str, Any] = {"state": Value(QUEUED), "run_at": Value(None)}
    if reset:
        values["attempts"] = Value(0)
    more: dict[str, Any] = {"finished": Value(None), "cancel_requested": Value(False), "updated": Now()}  # noqa: FBT003
    why, document = optional(scope, "error"), optional(scope, "errors")
    if why is not None and document is not None:
        kept = _can_be_kept(document, why)
        more |= {
            "errors": Case(When(kept, then=_with_error(document, why)), default=F(document), output_field=JSON),
            "error": Case(When(kept, then=Value("")), default=F(why)),
        }
    where = is_state(scope, FAILED, DEAD, CANCELLED) & _is_alone(scope)
    return rewrite(scope, columns(scope, values, more), where)


def _with_error(document: str, why: str) -> Any:
    """The document with the error at the end of its list ``errors``."""
    kept = only_if("array", at(F(document), ("errors",)), default=Document("[]"))
    more = Func(F(why), function="JSONB_BUILD_ARRAY", output_field=JSON)
    longer = Operator(kept, "||", more, output_field=JSON)
    return Func(F(document), Value(["errors"], TEXTS), longer, function="JSONB_SET", output_field=JSON)


def _can_be_kept(document: str, why: str) -> Any:
    """There is an error, and an object to keep it in."""
    return ~Q((why, "")) & is_a(F(document), "object")


def _is_alone(scope: Scope) -> Q:
    """No other row has its key and is not over; of several that are, the last has it."""
    name = optional(scope, "once")
    if name is None:
        return Q()
    others: Any = scope.model._base_manager.filter(**{name: OuterRef(name)}).exclude(pk=OuterRef("pk"))
    taken = others.filter(is_state(scope, *OPEN) | (is_state(scope, DEAD, CANCELLED) & Q(pk__gt=OuterRef("pk"))))
    return Q(~Exists(taken))


def cancel(scope: Scope) -> Rewrite:
    """The statement that cancels what nobody works on, and asks who works on the rest to stop; it gives the states."""
    check_table(scope)
    running, waiting = is_state(scope, RUNNING), is_state(scope, QUEUED, PENDING, FAILED)
    state, stop, moment = scope.role("state"), scope.role("cancel_requested"), optional(scope, "finished")
    values = {
        "state": Case(When(running, then=F(state)), default=Value(CANCELLED)),
        "cancel_requested": Case(When(running, then=Value(True)), default=F(stop)),  # noqa: FBT003
        "updated": Now(),
    }
    more = {"finished": moment and Case(When(running, then=F(moment)), default=Now())}
    returned = [meta(scope.model).pk, column(scope, state)]
    return rewrite(scope, columns(scope, values, more), waiting | (running & Q((stop, False))), returned=returned)


def checked_values(scope: Scope, key: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a new row is made of."""
    name, state = scope.role("once"), scope.role("state")
    if key is None:
        raise TypeError(f"{scope.label}: key must be a value of {name!r}, got None")
    if name in values:
        raise TypeError(f"{scope.label}: {name!r} is the key, which is given already")
    given = values.get(state, QUEUED)
    if given not in OPEN:
        raise ValueError(f"{scope.label}: a new row is {', '.join(map(repr, OPEN))}, got {state}={given!r}")
    return {**values, name: key, state: given}


def unfinished(scope: Scope, key: Any) -> Q:
    """The row that has the key."""
    return is_state(scope, *OPEN) & Q((scope.role("once"), key))
