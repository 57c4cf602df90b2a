"""Tables that an algorithm makes of a graph: one statement of SQL in FROM, joined to the rows by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from django.core.exceptions import FullResultSet
from django.db.models import F, QuerySet, Value
from django.db.models.expressions import Expression
from django.db.models.functions import Coalesce
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
from querysets.sql.quoting import quoting
from querysets.sql.tables import Sql, Writer, sql

from .edges import Graph

Columns: TypeAlias = Mapping[str, Any]
"""The columns of a table behind its key, and the field of each."""

_EDGES = {
    "out": '"#edges" ("source", "target"{w}) AS NOT MATERIALIZED ({{edges}})',
    "in": '"#edges" ("target", "source"{w}) AS NOT MATERIALIZED ({{edges}})',
    "both": (
        '"#given" ("one", "other"{w}) AS NOT MATERIALIZED ({{edges}}), '
        '"#edges" ("source", "target"{w}) AS NOT MATERIALIZED ('
        'SELECT "one", "other"{w} FROM "#given" UNION ALL SELECT "other", "one"{w} FROM "#given")'
    ),
}
"""CTEs by names that no table has: those of a recursive list are seen in all of it, the edges themselves included."""


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL with the names of queries and values in braces, in place of which they stand."""

    template: str
    queries: tuple[str, ...]
    values: tuple[tuple[str, Any], ...] = ()


def with_edges(graph: Graph, *, weighted: bool = False) -> str:
    """The beginning of a plan: the edges, each from its source to its target, as the graph is walked."""
    return "WITH RECURSIVE " + _EDGES[graph.direction].format(w=', "weight"' if weighted else "")


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


def computed(graph: Graph, columns: Columns, plan: Plan, *queries: SqlQuery) -> SqlQuery:
    """A query of the table that ``plan`` makes of ``queries``: a key of the model, and ``columns``."""
    pk = meta(graph.model).pk
    return _table(graph, {pk.column: pk, **columns}, plan, queries)


_LINKS = {
    "out": "{edges}",
    "in": 'SELECT "b", "a" FROM ({edges}) AS "given" ("a", "b")',
    "both": '({edges}) UNION ALL SELECT "b", "a" FROM ({edges}) AS "given" ("a", "b")',
}
"""Without a CTE, which would keep a condition on the edges from their index where it is a join."""


def links(graph: Graph) -> QuerySet[Any, Any]:
    """The edges as rows of ``source`` and ``target``, to be narrowed, without those of a node with itself."""
    pk = meta(graph.model).pk
    plan = Plan(_LINKS[graph.direction], ("edges",))
    rows: QuerySet[Any, Any] = QuerySet(
        graph.model, query=_table(graph, {"source": pk, "target": pk}, plan, (graph.edges,))
    )
    return rows.exclude(source=F("target"))


def _table(graph: Graph, columns: Columns, plan: Plan, queries: tuple[SqlQuery, ...]) -> SqlQuery:
    """Django resolves and relabels the queries where they are kept, in WHERE, as any subquery."""
    outer: SqlQuery = Query(graph.model)
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


def keys(query: SqlQuery) -> SqlQuery:
    """The keys alone of a computed table, for ``pk IN (...)``."""
    query = query.clone()
    query.set_values((meta(query.model).pk.column,))
    return query


class Filling(Selected):
    """Says nothing of the rows; keeps, where Django resolves it, the query of a table that is joined beside them."""

    lookup_name = "filling"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        raise FullResultSet


@dataclass(eq=False)
class ComputedJoin(DerivedJoin):
    """The place of a computed table beside the rows; ``origin`` is the table as it was before a query took it in."""

    origin: Any = None


class Beside(Expression):
    """A column of a computed table, for the row with its key; NULL for a row that the table does not have."""

    def __init__(self, table: SqlQuery, name: str) -> None:
        super().__init__()
        self.table, self.name = table, name

    def resolve_expression(self, query: Any = None, *_: Any, **__: Any) -> Any:
        return DerivedCol(self._place(query), self.name, self.table.annotations[self.name].output_field)

    def _place(self, query: SqlQuery) -> str:
        """The alias of the table in ``query``, where it stands once for all of its columns."""
        for alias, join in query.alias_map.items():
            if getattr(join, "origin", None) is self.table and query.alias_refcount[alias]:
                return str(alias)
        inner, pk = self.table.clone(), single_key(query)
        inner.bump_prefix(query)  # aliases of its own, as any subquery
        join = ComputedJoin(
            inner, tuple(inner.annotation_select), query.get_initial_alias(), pk.column, LOUTER, origin=self.table
        )
        alias = query.join(join)
        query.where.add(Filling(DerivedCol(alias, pk.column, pk), inner), "AND")
        return str(alias)


def or_else(table: SqlQuery, name: str, default: Any) -> Any:
    """The same, with a value for the rows that the table does not have."""
    return Coalesce(Beside(table, name), Value(default))


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
