"""Rows that stay locked until the transaction ends: ``SELECT ... FOR UPDATE``, on whatever a chain has come to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from django.db.models import Value

from querysets._types import SqlQuery, meta
from querysets.errors import NoTransaction, WrongShape
from querysets.kinds import patterns_of
from querysets.scope import Scope
from querysets.sql.apart import waiting
from querysets.sql.derived import is_locked, keyed
from querysets.sql.ordering import current_order
from querysets.sql.quoting import quoting
from querysets.sql.subqueries.writing import settled

Compiled: TypeAlias = tuple[str, tuple[Any, ...]]


def lockable(scope: Scope, *, skip: bool, nowait: bool) -> SqlQuery:
    """The query of ``scope`` with what was computed over its rows beneath it: PostgreSQL locks nothing that is made."""
    if skip and nowait:
        raise ValueError(f"{scope.label}: pass skip=True or nowait=True, not both")
    if meta(scope.model).concrete_model._meta.parents:
        raise WrongShape(f"{scope.label}: the columns of {scope.model._meta.label} stand in several tables; lock those")
    query: SqlQuery = scope.query
    return query.clone() if is_locked(query) else settled(query)


def check_transaction(query: SqlQuery, connection: Any) -> None:
    """Nothing, if what is locked stays locked behind the statement."""
    if "locked" not in patterns_of(query) or connection.in_atomic_block:
        return
    known = connection.connection is not None
    if connection.autocommit if known else connection.settings_dict["AUTOCOMMIT"]:
        raise NoTransaction(
            f"{query.get_meta().label}: locked() needs a transaction, for locks last as long as it does; "
            "evaluate the rows inside of transaction.atomic()"
        )


def locking(compiler: Any, compiled: Callable[[], Any]) -> Compiled:
    """The statement of a compiler whose query is locked; ``compiled`` is what Django makes of that which is not.

    Derived tables go to the WITH list (``querysets.sql.apart``). Rows in no order are locked in that of their keys, so
    that two who want the same never deadlock.
    """
    query, connection = compiler.query, compiler.connection
    _check(query)
    rows = query.clone()
    rows.select_for_update = False
    named = rows.annotation_select.values()  # a constant alone is the question whether there is a row
    read = rows.default_cols or rows.select or any(not isinstance(each, Value) for each in named)
    if read:
        rows.apart = keyed(rows)
        rows.explain_info = None
        if not current_order(rows):
            rows.add_ordering("pk")
    compiler.query = rows
    try:
        tables = [join.as_cte(compiler, connection) for join in rows.apart.values()] if read else []
        sql, params = compiled()
    finally:
        compiler.query = query
    if not read:
        return sql, tuple(params)
    start = "" if query.explain_info is None else _explaining(query.explain_info, connection)
    lists = f"WITH {', '.join(table for table, _ in tables)} " if tables else ""
    strength = "NO KEY UPDATE" if query.select_for_no_key_update else "UPDATE"
    locks = f"FOR {strength} OF {quoting(compiler)(rows.get_initial_alias())}{waiting(query)}"
    return f"{start}{lists}{sql} {locks}", (*(each for _, given in tables for each in given), *params)


def _explaining(info: Any, connection: Any) -> str:
    return f"{connection.ops.explain_query_prefix(info.format, **info.options)} "


def _check(query: SqlQuery) -> None:
    """Nothing, if the rows of ``query`` are those of its table."""
    over = any(of.contains_over_clause or of.contains_aggregate for of in query.annotation_select.values())
    if over or query.distinct or query.group_by is not None:
        raise WrongShape(
            f"{query.get_meta().label}: locked rows are no longer rows of the table by what Django's annotate() or "
            "distinct() made of them; call locked() after it"
        )
