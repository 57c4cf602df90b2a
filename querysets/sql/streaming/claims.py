"""Writes of a queue: each one statement, by the server's clock, about rows that it locks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from operator import itemgetter
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, Value, When, Window
from django.db.models.functions import Cast, Greatest, Least, Now, Power, Random, RowNumber

from querysets._types import SqlQuery, meta
from querysets.errors import WrongShape
from querysets.execution import cursor
from querysets.scope import Scope
from querysets.sql.ordering import order_terms
from querysets.sql.subqueries.columns import column, value_of
from querysets.sql.subqueries.writing import Rewrite, rewrite
from querysets.sql.values import amount, names, text

from .heads import first_of_each, led
from .queues import (
    CANCELLED,
    DEAD,
    DONE,
    FAILED,
    OPEN,
    QUEUED,
    RUNNING,
    TAKEN_FROM,
    claim_order,
    due,
    duration,
    expired,
    has_attempts,
    in_progress,
    is_spent,
    is_state,
    optional,
)

LONGEST: Final = 2000
"""Characters of an error that are kept."""
DOUBLINGS: Final = 60
"""As often as a delay is doubled: it is beyond every cap by then."""
JITTER: Final = 0.1
"""The part of a delay that is added by chance, at most."""
MORE: Final = 4
"""As many times what is wanted is looked at besides, of which others may be taking some at the moment."""
NEAR: Final = 10
"""As many times what is wanted is looked at, before all groups are."""
TURN: Final = "_turn"
"""A row's place among those of its queue."""


class Beat(NamedTuple):
    """How many of the leases are still held, and which of them are to be given up."""

    held: int
    cancel_requested: list[UUID]


class Claim(Rewrite):
    """Rows given to a worker; first, those whose lease has ended and that may not be tried again are over."""

    over: Rewrite

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = super().statement(compiler)
        ended, given = self.over.statement(compiler)
        return f"WITH ended AS ({ended}), {sql.removeprefix('WITH ')}", (*given, *params)


def claim(  # noqa: PLR0917
    scope: Scope, n: int, worker: str, lease: timedelta, queues: Any, fair_by: str | None, one_per: str | None
) -> Claim:
    """The statement that gives at most ``n`` rows to ``worker``; they come in no order."""
    check_table(scope)
    values = {
        "state": Value(RUNNING),
        "attempts": F(scope.role("attempts")) + 1,
        "lease_until": Now() + duration(scope, "lease", lease),
        "lease_token": RandomUUID(),
    }
    chosen = _narrowed(scope, queues)
    if one_per is not None:
        chosen &= first_of_group(scope, one_per)
    more = {"worker": Value(text(scope, "worker", worker)), "started": Now(), "updated": Now()}
    may = (is_state(scope, *TAKEN_FROM) & due(scope, Now())) | (expired(scope) & ~_is_to_stop(scope))
    where = is_state(scope, *TAKEN_FROM, RUNNING) & may & has_attempts(scope) & chosen
    keys, query = claim_order(scope), scope.query
    if fair_by is not None:
        query, keys = _in_turn(scope, fair_by, where, keys, n), [TURN, *keys]
    everything = meta(scope.model).concrete_fields
    made: Any = rewrite(
        Scope(scope.model, query, scope.method), columns(scope, values, more), where, returned=everything
    )
    made.__class__ = Claim
    made.over = ending(scope, n, _narrowed(scope, queues) & (is_spent(scope) | _is_to_stop(scope)))
    _limited(made, keys, n)
    return made  # type: ignore[no-any-return]


def _narrowed(scope: Scope, queues: Any) -> Q:
    if queues is None:
        return Q()
    return Q((f"{scope.role('queue')}__in", names(scope, "queues", queues)))


def check_table(scope: Scope) -> None:
    """Nothing, if the rows are those of one table."""
    if meta(scope.model).concrete_model._meta.parents:
        raise WrongShape(f"{scope.label}: the columns of {scope.model._meta.label} stand in several tables")


def _in_turn(scope: Scope, key: str, where: Q, keys: Sequence[str], n: int) -> SqlQuery:
    """The query, with the place of each row that may be taken among those of its queue."""
    rows: Any = scope.query
    query: SqlQuery = rows.clone()
    of = scope.role("queue") if key == "queue" else scope.path(key)
    if (field := led(scope, of)) is not None:
        where = first_of_each(scope, field, (*TAKEN_FROM, RUNNING), where, keys=keys, n=n + MORE * n)
    query.add_q(where)
    turn = Window(RowNumber(), partition_by=[F(of)], order_by=order_terms(scope, keys))
    query.add_annotation(turn, TURN)
    return query


def _limited(made: Rewrite, keys: Sequence[str], n: int) -> None:
    """The first ``n`` rows by ``keys`` that nobody else has locked."""
    query = made.inner_query
    query.clear_ordering(force=True)
    query.add_ordering(*order_terms(Scope(query.model, query, "claim"), keys))
    query.set_limits(high=n)
    query.select_for_update_skip_locked = True


def first_of_group(scope: Scope, key: str) -> Q:
    """In no group, or the oldest of its group that is not over, while none of the group is worked on."""
    name = scope.role("group") if key == "group" else scope.path(key)
    others: Any = scope.model._base_manager.filter(**{name: OuterRef(name)})  # of no group there are none
    before = others.filter(is_state(scope, *OPEN), pk__lt=OuterRef("pk"))
    behind = others.filter(is_state(scope, RUNNING), pk__gt=OuterRef("pk"))
    return Q(~Exists(before)) & Q(~Exists(behind))


def _is_to_stop(scope: Scope) -> Q:
    name = optional(scope, "cancel_requested")
    return Q(pk__in=[]) if name is None else Q((name, True))


def ending(scope: Scope, n: int, where: Q = Q()) -> Rewrite:  # noqa: B008 (never changed)
    """Rows whose lease has ended, at most ``n``: queued again, dead, or cancelled."""
    state = Case(
        When(_is_to_stop(scope), then=Value(CANCELLED)), When(is_spent(scope), then=Value(DEAD)), default=Value(QUEUED)
    )
    is_over, moment = is_spent(scope) | _is_to_stop(scope), optional(scope, "finished")
    why = optional(scope, "error")
    more = {
        "finished": Now() if moment is None else Case(When(is_over, then=Now()), default=F(moment)),
        "error": why and Case(When(is_spent(scope), then=Value("the lease ended")), default=F(why)),
    }
    made = rewrite(scope, columns(scope, {"state": state, **_freed(scope)}, more), expired(scope) & where)
    _limited(made, [scope.role("lease_until")], n)
    return made


def _freed(scope: Scope) -> Mapping[str, Any]:
    """What a row is that is nobody's."""
    freed: dict[str, Any] = {"lease_until": Value(None), "lease_token": Value(None), "updated": Now()}
    worker = optional(scope, "worker")
    if worker is not None:
        freed["worker"] = Value(None if column(scope, worker).null else "")
    return freed


def columns(scope: Scope, values: Mapping[str, Any], more: Mapping[str, Any] = {}) -> Mapping[Any, Any]:
    """Column = value, by the roles of the columns; those of ``more``, and some others, need not be there."""
    found: dict[Any, Any] = {}
    for role, value in {**values, **more}.items():
        required = role in values and role not in {"updated", "worker"}
        path = scope.role(role) if required else optional(scope, role)
        if path is not None:
            field = column(scope, path)
            if isinstance(value, Case):  # of what may be texts of several kinds
                cast("Any", value).output_field = field
            found[field] = value
    return found


def beat(scope: Scope, worker: str, lease: timedelta, tokens: Sequence[UUID]) -> Rewrite:
    """The statement that extends leases; it gives their tokens, and whether they are to be given up."""
    check_table(scope)
    until, token = scope.role("lease_until"), scope.role("lease_token")
    where = in_progress(scope) & Q((f"{token}__in", [_token(scope, each) for each in tokens]))
    by, stop = optional(scope, "worker"), optional(scope, "cancel_requested")
    text(scope, "worker", worker)
    if by is not None:
        where &= Q((by, worker))
    values = {"lease_until": Greatest(until, Now() + duration(scope, "lease", lease))}
    returned = [meta(scope.model).pk, column(scope, token), *([] if stop is None else [column(scope, stop)])]
    return rewrite(scope, columns(scope, values, {"updated": Now()}), where, returned=returned)


def held(scope: Scope, pk: Any, token: Any) -> Q:
    """The one row, as long as nobody else has been given it."""
    return is_state(scope, RUNNING) & Q(("pk", pk), (scope.role("lease_token"), _token(scope, token)))


def _token(scope: Scope, token: Any) -> UUID:
    if not isinstance(token, UUID):
        raise TypeError(f"{scope.label}: a token is the UUID that a row was claimed with, got {token!r}")
    return token


def finish(scope: Scope, pk: Any, token: UUID, result: Any) -> Rewrite:
    check_table(scope)
    values = {"state": Value(DONE), **_freed(scope)}
    if result is not None:
        field = column(scope, scope.role("result"))
        values["result"] = value_of(scope, field, result)
    return rewrite(scope, columns(scope, values, {"finished": Now()}), held(scope, pk, token))


def fail(scope: Scope, pk: Any, token: UUID, error: str, *, base: float, cap: float, jitter: bool) -> Rewrite:
    """The statement that says why it failed; it gives the state."""
    check_table(scope)
    amount(scope, "base", base, 0)
    amount(scope, "cap", cap, 0)
    attempts, spent = scope.role("attempts"), is_spent(scope)
    state = Case(When(_is_to_stop(scope), then=Value(CANCELLED)), When(spent, then=Value(DEAD)), default=Value(FAILED))
    times = Power(Value(2.0), Cast(Least(Greatest(F(attempts) - 1, Value(0)), Value(DOUBLINGS)), FloatField()))
    delay: Any = Least(Value(float(cap)), Value(float(base)) * times, output_field=FloatField())
    if jitter:
        delay *= 1 + JITTER * Random()
    when, is_over = scope.role("run_at"), spent | _is_to_stop(scope)
    moment, failures = optional(scope, "finished"), optional(scope, "failures")
    more = {
        "error": Value(_kept(text(scope, "error", error))),
        "failures": failures and F(failures) + 1,
        "finished": moment and Case(When(is_over, then=Now()), default=F(moment)),
    }
    values = {
        "state": state,
        "run_at": Case(When(is_over, then=F(when)), default=Now() + delay * Value(timedelta(seconds=1))),
        **_freed(scope),
    }
    returned = [meta(scope.model).pk, column(scope, scope.role("state"))]
    return rewrite(scope, columns(scope, values, more), held(scope, pk, token), returned=returned)


def _kept(error: str) -> str:
    """As much of an error as is kept, in what PostgreSQL can hold: it must not fail for its reason."""
    return error[:LONGEST].replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def candidates(scope: Scope, n: int, key: str, queues: Any, *, near: bool) -> SqlQuery:
    """Groups of which a row could be taken, and that row.

    Near: of those whose row is among the first in the order of claims, which is quick however many groups there are.
    """
    name = scope.role("group") if key == "group" else scope.path(key)
    may = (is_state(scope, *TAKEN_FROM) & due(scope, Now())) | expired(scope)
    where = is_state(scope, *TAKEN_FROM, RUNNING) & may & has_attempts(scope) & _narrowed(scope, queues)
    where &= Q((f"{name}__isnull", False))
    if near:
        where &= Q(pk__in=_ordered(scope, where, n * NEAR))
    elif (field := led(scope, name)) is not None:
        everything = Scope(scope.model, scope.model._base_manager.all().query, scope.method)
        where &= first_of_each(everything, field, OPEN, is_state(scope, *OPEN), keys=["pk"], n=1)
    query = _ordered(scope, where & first_of_group(scope, key), n)
    query.set_values([name, "pk"])
    return query


def found(scope: Scope, n: int, key: str, queues: Any, connection: Any) -> list[Any]:
    """Rows of groups of which nobody else takes until the transaction ends."""
    rows = lock(candidates(scope, n, key, queues, near=True), connection)
    return rows if len(rows) == n else lock(candidates(scope, n, key, queues, near=False), connection)


def _ordered(scope: Scope, where: Q, n: int) -> SqlQuery:
    """The keys of the first ``n`` rows in the order of claims."""
    rows: Any = scope.query
    query: SqlQuery = rows.clone()
    query.add_q(where)
    query.clear_ordering(force=True)
    query.add_ordering(*order_terms(scope, claim_order(scope)))
    query.set_values(["pk"])
    query.set_limits(high=n)
    return query


def lock(query: SqlQuery, connection: Any) -> list[Any]:
    """The rows of those groups that nobody else takes of until the transaction ends."""
    sql, params = query.get_compiler(connection=connection).as_sql()
    table = query.get_meta().db_table
    locking = "pg_try_advisory_xact_lock(hashtextextended(%s || ':' || g::text, 0))"
    with cursor(connection) as found:
        found.execute(f"SELECT k FROM ({sql} OFFSET 0) AS c (g, k) WHERE {locking}", (*params, table))  # noqa: S608
        return [pk for (pk,) in found.fetchall()]


def in_groups(scope: Scope, key: str, rows: Sequence[Any]) -> Q:
    """One of the rows, or of no group."""
    name = scope.role("group") if key == "group" else scope.path(key)
    return Q((f"{name}__isnull", True)) | Q(pk__in=rows)


def in_claim_order(scope: Scope, rows: list[Any], fair_by: str | None) -> list[Any]:
    """The rows of a claim, which come in no order."""
    priority, when = optional(scope, "priority"), scope.role("run_at")

    def place(row: Any) -> tuple[Any, ...]:
        moment, urgent = getattr(row, when), getattr(row, priority) if priority else None
        return urgent is None, -(urgent or 0), moment is None, moment or 0, row.pk

    rows = sorted(rows, key=place)
    if fair_by is None:
        return rows
    of = scope.role("queue") if fair_by == "queue" else scope.path(fair_by)
    seen: Counter[Any] = Counter()
    turns: list[tuple[int, Any]] = []
    for row in rows:
        turns.append((seen[getattr(row, of)], row))
        seen[getattr(row, of)] += 1
    return [row for _, row in sorted(turns, key=itemgetter(0))]
