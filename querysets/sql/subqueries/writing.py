"""Statements that write what a query finds: the rows are locked in the order of their keys and then written, in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from django.db.models import F, Func, Q, Subquery
from django.db.models.expressions import Col
from django.db.models.sql import Query, UpdateQuery
from django.db.models.sql.constants import CURSOR
from django.db.models.sql.where import WhereNode

from querysets._types import SqlQuery
from querysets.errors import ToManyPath
from querysets.scope import Scope
from querysets.sql.apart import among, column_type, looked_up, waiting
from querysets.sql.derived import DerivedCol, DerivedJoin, joins_to_many, keyed, narrowing, picking, select
from querysets.sql.expressions import IsDistinctFrom
from querysets.sql.quoting import quoting


class Stored(Func):
    """A value in the type of a column, as the column will hold it; a text too long for it is left to PostgreSQL."""

    template = "(%(expressions)s)::%(db_type)s"

    def __init__(self, value: Any, field: Any) -> None:
        super().__init__(value, output_field=field)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        db_type = column_type(cast("Any", self).output_field, connection)
        return super().as_sql(compiler, connection, *args, db_type=db_type, **context)


W = TypeVar("W", bound="Writing")


class Writing(UpdateQuery):
    """A statement around ``inner_query``, run by the compiler of updates, with what travels with the query."""

    inner_query: SqlQuery

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        """The connection's compiler of updates, which this query tells what to write."""
        compiler: Any = super().get_compiler(*args, **kwargs)
        base: Any = compiler.__class__
        compiler.__class__ = _told(base)
        return compiler

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        """The SQL and its parameters."""
        raise NotImplementedError

    def fetched(self, using: str) -> list[Any]:
        """The rows that the statement gives."""
        cursor: Any = self.get_compiler(using).execute_sql(CURSOR)
        if not cursor:  # Django knows that there are none
            return []
        with cursor:
            return list(cursor.fetchall())


@cache
def _told(base: Any) -> type[Any]:
    return type(base.__name__, (base,), {"as_sql": _statement})


def _statement(compiler: Any) -> Any:
    return compiler.query.statement(compiler)


class Held(Writing):
    """Rows, locked one after the other in the order of their keys: two calls that want the same rows never deadlock."""

    strength = "NO KEY UPDATE"

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        tables, sql, params = self.parts(compiler)
        return f"{f'WITH {tables} ' if tables else ''}{sql}", params

    def parts(self, compiler: Any) -> tuple[str, str, tuple[Any, ...]]:
        """The WITH list, the query of the rows, and the parameters of both."""
        query = self.inner_query.clone()  # compiling changes a query
        query.apart = self.apart
        inner = query.get_compiler(connection=compiler.connection)
        tables = [join.as_cte(inner, compiler.connection) for join in self.apart.values()]
        sql, params = inner.as_sql()
        return (
            ", ".join(table for table, _ in tables),
            f"{sql} FOR {self.strength} OF {quoting(compiler)(query.get_initial_alias())}{waiting(query)}",
            (*(each for _, given in tables for each in given), *params),
        )

    @property
    def apart(self) -> Mapping[str, DerivedJoin]:
        """The derived tables of the query, which are no joins here."""
        return keyed(self.inner_query)


class Rewrite(Held):
    """Columns of the rows set to values that are of the locked rows: as others have left them, and see them next.

    A value over nothing but columns of the row itself is computed where it is set; others are computed where the rows
    are locked, and looked up by key.
    """

    targets: Mapping[Any, Any]
    """Field = expression, or the name of a value of ``inner_query``."""
    names: Sequence[str]
    """Of those values, after the key."""
    returned: Sequence[Any] = ()

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        tables, held, params = self.parts(compiler)
        connection, options = compiler.connection, self.get_meta()
        name = connection.ops.quote_name
        table = name(options.db_table)
        key = f"{table}.{name(options.pk.column)}"
        settings: list[str] = []
        for field, value in self.targets.items():
            if isinstance(value, str):
                sql = looked_up(key, "held", f"v{self.names.index(value)}", column_type(field, connection))
            else:
                sql, given = compiler.compile(value)
                params = (*params, *given)
            settings.append(f"{name(field.column)} = {sql}")
        columns = ", ".join(["k", *(f"v{place}" for place, _ in enumerate(self.names))])
        lists = f"{f'{tables}, ' if tables else ''}held ({columns}) AS MATERIALIZED ({held})"
        written = f"WITH {lists} UPDATE {table} SET {', '.join(settings)} WHERE {among(key, 'held')}"  # noqa: S608
        if self.returned:
            written += f" RETURNING {', '.join(f'{table}.{name(field.column)}' for field in self.returned)}"
        return written, params

    def rows(self, using: str) -> list[tuple[Any, ...]]:
        """The columns of ``returned`` of each row that was written, in the order of their keys."""
        found = self.fetched(using)
        compiler = self.get_compiler(using)
        columns = [field.get_col(self.get_meta().db_table) for field in self.returned]
        converters = compiler.get_converters(columns)
        rows = map(tuple, compiler.apply_converters(found, converters) if converters else found)
        key = self.returned.index(self.get_meta().pk)
        return sorted(rows, key=lambda row: row[key])


def settled(query: SqlQuery, *, anyway: bool = False) -> SqlQuery:
    """A clone of ``query`` whose rows can be locked: each once, what was computed over them or limited them beneath.

    A selection is made of the rows as they were when the statement began; so that a row that has changed since, and no
    longer meets the conditions on its own columns, is left alone, they stand outside again.
    """
    query = query.clone()
    over = any(of.contains_over_clause or of.contains_aggregate for of in query.annotations.values())
    if anyway or over or query.distinct or query.group_by is not None or joins_to_many(query):
        select(query, picking(query))
    query.select_for_update = False
    base = query.get_initial_alias()
    for node in list(narrowing(query)):
        for condition in _own_conditions(node.rhs, base):
            query.where.add(condition, "AND")
    return query


def _own_conditions(inner: SqlQuery, base: str) -> Iterator[Any]:
    """The conditions of a selection on columns of its own rows, at every depth, about the table ``base``."""
    alias, where = next(iter(inner.alias_map), None), inner.where
    if alias is None or inner.combinator or where.connector != "AND" or where.negated:
        return
    for node in narrowing(inner):
        yield from _own_conditions(node.rhs, base)
    for child in where.children:
        if hasattr(child, "relabeled_clone") and is_own(child, alias):  # else no row at all
            yield child.relabeled_clone({alias: base})


def is_own(node: Any, alias: str) -> bool:
    """Whether an expression names nothing but columns of the table ``alias``."""
    if isinstance(node, Col):
        return node.alias == alias
    if isinstance(node, DerivedCol | Query | Subquery):
        return False
    if getattr(node, "contains_over_clause", False) or getattr(node, "contains_aggregate", False):
        return False
    below: list[Any] = node.children if isinstance(node, WhereNode) else getattr(node, "get_source_expressions", list)()
    return all(is_own(each, alias) for each in below if each is not None)


def held(query: SqlQuery, *names: str) -> Held:
    """The statement that locks the rows of ``query`` and gives their keys, and ``names``."""
    return in_order(Held(query.model), settled(query), names)


def rewrite(
    scope: Scope, values: Mapping[Any, Any], where: Q | None = None, *, returned: Sequence[Any] = ()
) -> Rewrite:
    """The statement that sets fields to values, each an expression over the rows of the query of ``scope``.

    It writes those for which ``where`` holds; without it those that have other values.
    """
    query, names = valued(scope, values)
    if where is None:
        changed = [Q(IsDistinctFrom(F(field.name), F(name))) for field, name in zip(values, names, strict=True)]
        where = Q(*changed, _connector=Q.OR)
    query.add_q(where)
    base = query.get_initial_alias()
    made_of = {name: query.annotations[name] for name in names}
    made = Rewrite(scope.model)
    made.targets = {
        field: of if is_own(of, base) else name for field, (name, of) in zip(values, made_of.items(), strict=True)
    }
    made.names, made.returned = [name for name in made.targets.values() if isinstance(name, str)], returned
    return in_order(made, query, made.names)


def valued(scope: Scope, values: Mapping[Any, Any]) -> tuple[SqlQuery, list[str]]:
    """The query of ``scope``, ready to be locked, with a value for each field; and the names of the values."""
    query = settled(scope.query)
    names: list[str] = []
    for field, value in values.items():
        names.append(f"_new_{field.attname}")
        query.add_annotation(Stored(value, field), names[-1])
    check_values(scope, query, names)
    if any(query.annotations[name].contains_over_clause for name in names):
        query = settled(query, anyway=True)
    return query, names


def check_values(scope: Scope, query: SqlQuery, names: Sequence[str]) -> None:
    """Nothing, if each value is one a row."""
    if any(query.annotations[name].contains_aggregate for name in names):
        raise ValueError(f"{scope.label}: an aggregate has no one value a row; annotate the rows with it first")
    if joins_to_many(query):
        raise ToManyPath(f"{scope.label}: a value crosses a to-many relation, so it has no one value a row")


def in_order(made: W, query: SqlQuery, names: Sequence[str]) -> W:
    """The statement ``made`` over ``query``, which gives the primary key and ``names``, in the order of the keys."""
    query.clear_ordering(force=True)
    query.add_ordering("pk")
    if query.annotations:
        query.append_annotation_mask([name for name in names if name in query.annotations])
    query.set_values(("pk", *names))
    made.inner_query = query
    return made
