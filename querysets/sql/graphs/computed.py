"""Tables that SQL of ours makes of queries, a row for a key of the model, beside the rows with these keys.

The whole ``WITH RECURSIVE`` stands inside a derived table that is joined on the primary key and compiled with the
statement: what is done to the rows (``&``, ``|``, unions, updates, pickling) is done to an ordinary join.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from django.db.models import Model, Q, QuerySet, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.db.models.sql import Query
from django.db.models.sql.constants import LOUTER
from django.db.models.sql.where import WhereNode

from querysets._types import SqlQuery, meta
from querysets.sql.derived import (
    TABLE,
    DerivedCol,
    DerivedJoin,
    DerivedTable,
    Selected,
    aliases_in,
    selections,
    single_key,
)
from querysets.sql.fields import BOOLEAN
from querysets.sql.quoting import quoting
from querysets.sql.tables import Sql, Writer, sql

from .shown import Filling, shown

Columns: TypeAlias = Mapping[str, Any]
"""The columns of a table, and the field of each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL with the names of queries and values in braces, in place of which they stand.

    ``shown``, the last of them, are the keys of the rows that the statement shows, or, if that is not known, all keys.
    """

    template: str
    queries: tuple[str, ...]
    values: tuple[tuple[str, Any], ...] = ()


@dataclass(eq=False)
class Computed(DerivedTable):
    """The place in FROM of a table that ``plan`` makes of the queries that WHERE has for it, in their order."""

    plan: Any = None

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        write, plan = Writer(compiler, connection), self.plan
        found = [node.rhs for node in selections(compiler.query.where) if node.lhs.alias == self.table_alias]
        parts = dict(zip(plan.queries, map(write.query, found), strict=True))
        parts |= {name: Sql("%s", (value,)) for name, value in plan.values}
        text, params = sql(plan.template, **parts)
        return f"({text}) {quoting(compiler)(self.table_alias)} ({write.names(*self.columns).text})", params


def computed(model: type[Model], columns: Columns, plan: Plan, *queries: SqlQuery) -> SqlQuery:
    """A query of the table that ``plan`` makes of ``queries``: a key of the model, each once, and ``columns``."""
    pk = meta(model).pk
    return table_of(model, {pk.column: pk, **columns}, plan, *queries)


def table_of(model: type[Model], columns: Columns, plan: Plan, *queries: SqlQuery) -> SqlQuery:
    """The same of any columns. Django resolves and relabels the queries in WHERE, as any subquery."""
    outer: SqlQuery = Query(model)
    alias, _ = outer.table_alias(TABLE, create=True)
    outer.alias_map[alias] = Computed(queries[0], tuple(columns), None, "", None, alias, plan)
    for name, output in columns.items():
        outer.add_annotation(DerivedCol(alias, name, output), name)
    outer.set_values(tuple(columns))
    key, output = next(iter(columns.items()))
    for query in queries:
        inner = query.clone()
        inner.clear_ordering(force=not inner.is_sliced)
        inner.bump_prefix(outer)
        outer.where.add(Selected(DerivedCol(alias, key, output), inner), "AND")
    return outer


@dataclass(eq=False)
class ComputedJoin(DerivedJoin):
    """The place of a computed table beside the rows; ``origin`` is the table as it was before a query took it in."""

    origin: Any = None

    def _filled(self, compiler: Any) -> SqlQuery:
        query = super()._filled(compiler)
        (table,) = query.alias_map.values()
        asked = shown(compiler.query, self.table_alias) if table.plan.queries[-1] == "shown" else None
        if asked is None:
            return query
        query = query.clone()
        query.where.children[-1] = Selected(query.where.children[-1].lhs, asked)
        return query


def place(table: SqlQuery, query: SqlQuery) -> str:
    """The alias of a computed table in ``query``, where it stands once for all of its columns."""
    for alias, join in query.alias_map.items():
        if getattr(join, "origin", None) is table and query.alias_refcount[alias]:
            return str(alias)
    inner, pk = table.clone(), single_key(query)
    inner.bump_prefix(query)  # aliases of its own, as any subquery
    join = ComputedJoin(
        inner, tuple(inner.annotation_select), query.get_initial_alias(), pk.column, LOUTER, origin=table
    )
    alias = str(query.join(join))
    query.where.add(Filling(DerivedCol(alias, pk.column, pk), inner), "AND")
    return alias


def newest(query: SqlQuery) -> SqlQuery:
    """The computed table that was joined last."""
    *_, table = (join.origin for join in query.alias_map.values() if isinstance(join, ComputedJoin))
    return table


class Column(Expression):
    """A column of a computed table, for the row with its key; NULL for a row that the table does not have."""

    def __init__(self, table: SqlQuery, name: str) -> None:
        super().__init__(output_field=table.annotations[name].output_field)
        self.table, self.name = table, name

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        return DerivedCol(place(self.table, query), self.name, cast("Any", self).output_field)


class Met(Expression):
    """True for the rows that a computed table has."""

    def __init__(self, table: SqlQuery) -> None:
        super().__init__(output_field=BOOLEAN)
        self.table = table

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        pk = single_key(query)
        return IsNull(DerivedCol(place(self.table, query), pk.column, pk), False)  # noqa: FBT003 (Django's)


def met(table: SqlQuery) -> Q:
    """The condition that a computed table has the row."""
    return Q(Met(table))


def or_else(table: SqlQuery, name: str, default: Any) -> Any:
    """A column, with a value for the rows that the table does not have."""
    return Coalesce(Column(table, name), Value(default))


def without(rows: QuerySet[Any, Any], made: tuple[str, ...]) -> QuerySet[Any, Any]:
    """The keys of ``rows``; the tables of the annotations ``made`` are not computed if nothing else asks for them."""
    query: SqlQuery = rows.query.clone()
    query.clear_ordering(force=not query.is_sliced)
    own = {alias for name in made for alias in aliases_in(query.annotations.pop(name))}
    asked = {alias for each in (*_conditions(query.where), *query.annotations.values()) for alias in aliases_in(each)}
    for alias in own - asked:
        if query.alias_map[alias].join_type == LOUTER:
            query.alias_refcount[alias] = 0
    if query.annotations:
        query.append_annotation_mask([])
    found = cast("Any", QuerySet)(rows.model, query=query, using=rows.db)
    return cast("QuerySet[Any, Any]", found.values_list("pk", flat=True))


def _conditions(where: Any) -> Iterator[Any]:
    for child in where.children:
        if isinstance(child, WhereNode):
            yield from _conditions(child)
        elif not isinstance(child, Filling):
            yield child
