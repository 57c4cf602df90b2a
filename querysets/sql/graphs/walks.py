"""Recursions as derived tables beside the rows: one row of the table for a row that the walk comes by, or none.

The whole ``WITH RECURSIVE`` stands inside the derived table, LEFT JOINed on the primary key and compiled with the
statement, so that what is done to the rows (``&``, ``|``, unions, updates, pickling) is done to an ordinary join.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import BaseExpression, Combinable, Expression
from django.db.models.sql import Query

from querysets._types import SqlQuery, meta
from querysets.scope import Scope
from querysets.sql.derived import DerivedCol, DerivedJoin, Selected, joins_to_many, selections, single_key
from querysets.sql.fields import BOOLEAN
from querysets.sql.relations import Rows, frozen, rows_of
from querysets.sql.tables import Sql, Writer


class Plan(Protocol):
    """What a walk does: SQL around the rows that it starts from."""

    def written(self, starts: Sql, write: Writer) -> Sql:
        """The table: the primary key first, each once, then the other columns in their order."""
        ...


@dataclass(eq=False)
class Walk(DerivedJoin):
    """The place of the table in FROM. Two walks are the same if they are of one plan from the same query."""

    plan: Any = None

    def _inner(self, query: SqlQuery, connection: Any) -> tuple[str, tuple[Any, ...]]:
        write = Writer(query.get_compiler(connection=connection), connection)
        plan: Plan = self.plan
        return plan.written(write.query(query), write)

    def _filled(self, compiler: Any) -> SqlQuery:
        """The query as Django has resolved it, wherever the condition of the walk stands."""
        parts = (compiler.query.where, *compiler.query.annotations.values())
        found = (node.rhs for part in parts for node in _selections(part) if node.lhs.alias == self.table_alias)
        return next(found, self.query)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return same and isinstance(other, Walk) and self.plan == other.plan

    def __hash__(self) -> int:
        return super().__hash__()


def _selections(part: Any) -> Iterator[Selected]:
    """Every ``Selected`` in a part of a query, at any depth but not in its subqueries."""
    if isinstance(part, Selected):
        yield part
    elif not isinstance(part, Query | None):
        for each in getattr(part, "children", ()) or getattr(part, "get_source_expressions", tuple)():
            yield from _selections(each)


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A walk before a query has taken it in: from which rows, by which plan, and what its table says of a row.

    ``columns`` are those behind the primary key, with the field of each.
    """

    starts: SqlQuery
    plan: Any
    columns: Mapping[str, Any]

    def join(self, query: SqlQuery) -> str:
        """The alias of its table in ``query``, which is given it unless it has it."""
        pk = single_key(query)
        starts = self.starts
        join = Walk(starts, (pk.column, *self.columns), query.get_initial_alias(), pk.column, plan=self.plan)
        return str(query.join(join))


class Column(Expression):
    """What a walk says of a row; NULL where it does not come by."""

    def __init__(self, walk: Walked, name: str) -> None:
        super().__init__(output_field=walk.columns[name])
        self.walk, self.name = walk, name

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        return DerivedCol(self.walk.join(query), self.name, self.walk.columns[self.name])


class Met(Expression):
    """True for the rows that a walk comes by."""

    def __init__(self, walk: Walked) -> None:
        super().__init__(output_field=BOOLEAN)
        self.walk = walk

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        pk = single_key(query)
        starts = self.walk.starts.clone()
        starts.bump_prefix(query)
        return Selected(DerivedCol(self.walk.join(query), pk.column, pk), starts)


def newest(query: SqlQuery, name: str, output: Any) -> DerivedCol:
    """A column of the table of the walk that was made a condition of ``query`` last."""
    *_, last = selections(query.where)
    return DerivedCol(last.lhs.alias, name, output)


def met(walk: Walked) -> Q:
    """The condition that a walk comes by the row."""
    return Q(Met(walk))


def starts(scope: Scope, of: Any, *fields: str) -> SqlQuery:
    """A query of the primary keys, and of ``fields``, of the rows that a walk starts from.

    Those of a queryset or a manager, or the rows that have one of the primary keys.
    """
    scope.path("pk")
    base = scope.model._base_manager.all()
    if isinstance(of, QuerySet) or hasattr(of, "get_queryset"):
        rows = _of_model(scope, cast("Any", of))
    elif isinstance(of, BaseExpression | Combinable):
        rows = base.filter(pk=of)
    else:
        listed = cast("Any", of) if isinstance(of, list | tuple | set | frozenset) else (of,)
        rows = base.filter(pk__in=[key(scope, each) for each in listed])
    return rows.order_by().values_list("pk", *fields).query


def key(scope: Scope, value: Any) -> Any:
    """The primary key that ``value`` is or has."""
    if isinstance(value, Model):
        if not isinstance(value, meta(scope.model).concrete_model):
            raise TypeError(f"{scope.label}: a {meta(value).label} is no {meta(scope.model).label}")
        return value.pk
    try:
        return meta(scope.model).pk.to_python(value)
    except ValidationError:
        raise ValueError(f"{scope.label}: {value!r} cannot be a primary key of {meta(scope.model).label}") from None


def _of_model(scope: Scope, given: Rows) -> QuerySet[Any]:
    rows = rows_of(scope, given)
    if meta(rows.model).concrete_model is not meta(scope.model).concrete_model:
        raise TypeError(f"{scope.label}: rows of {meta(rows.model).label} are none of {meta(scope.model).label}")
    return frozen(rows) if joins_to_many(rows.query) else rows


def passable(scope: Scope, through: Rows | None, *fields: str) -> SqlQuery:
    """A query of the rows that a walk may pass, with ``fields``: all of the table, whatever its managers hide."""
    rows = scope.model._base_manager.all() if through is None else _of_model(scope, through)
    return rows.order_by().values_list("pk", *fields).query
