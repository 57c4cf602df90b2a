"""Queries that read a derived table which SQL of ours makes of other queries: series, cohorts, runs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple

from django.db.models.sql import Query

from querysets._types import SqlQuery
from querysets.execution import settings_of
from querysets.kinds import patterns_of

from .derived import TABLE, DerivedCol, DerivedTable, Selected


class Sql(NamedTuple):
    """A piece of SQL and its parameters."""

    text: str
    params: tuple[Any, ...] = ()


def sql(template: str, **parts: Sql) -> Sql:
    """``template`` with the parts in place of their names in braces; parameters in the order of the text."""
    text, params = "", ()
    for literal, name, _, _ in Formatter().parse(template):
        text += literal
        if name is not None:
            text += parts[name].text
            params += parts[name].params
    return Sql(text, params)


def joined(separator: str, parts: Iterable[Sql]) -> Sql:
    """The parts, with the separator between them."""
    listed = list(parts)
    return Sql(separator.join(part.text for part in listed), tuple(param for part in listed for param in part.params))


@dataclass(frozen=True, slots=True)
class Writer:
    """What turns queries, expressions and names into SQL for one statement."""

    compiler: Any
    connection: Any

    def query(self, query: SqlQuery) -> Sql:
        """A query, compiled as a part of the statement."""
        query = query.clone()  # compiling changes a query, and this one may be shared
        query.subquery = False
        text, params = query.get_compiler(connection=self.connection, elide_empty=False).as_sql()
        return Sql(text, tuple(params))

    def of(self, expression: Any) -> Sql:
        """An expression over columns of tables of ours."""
        text, params = self.compiler.compile(expression)
        return Sql(text, tuple(params))

    def column(self, table: str, name: str) -> Sql:
        """A column of a table of ours."""
        quote = self.connection.ops.quote_name
        return Sql(f"{quote(table)}.{quote(name)}")

    def names(self, *names: str) -> Sql:
        """Names of columns, as a list."""
        return Sql(", ".join(map(self.connection.ops.quote_name, names)))


@dataclass(eq=False)
class Table(DerivedTable):
    """The place in FROM of a table that is written around ``query``, as ``plan`` says."""

    plan: Any = None

    @abstractmethod
    def written(self, rows: Sql, write: Writer) -> Sql:
        """The table of ``rows``, which are those of ``query``; its columns are, in order, ``columns``."""

    def _inner(self, query: SqlQuery, connection: Any) -> tuple[str, tuple[Any, ...]]:
        write = Writer(query.get_compiler(connection=connection), connection)
        return self.written(write.query(query), write)


def outputs(query: SqlQuery) -> dict[str, Any]:
    """The names of what ``query`` selects, in order, and the field of each."""
    selected = dict(zip(query.values_select, query.select, strict=True))
    names = tuple(query.selected or (*query.values_select, *query.annotation_select))
    return {name: (selected[name] if name in selected else query.annotations[name]).output_field for name in names}


def reading(kind: type[Table], inner: SqlQuery, columns: Mapping[str, Any], plan: Any, **notes: Any) -> SqlQuery:
    """A query of a table of this kind around ``inner``, each of its columns under its own name."""
    inner = inner.clone()
    outer: SqlQuery = Query(inner.model)
    settings, inner.settings = settings_of(inner), {}  # the outer query keeps them, and may be given others
    inner.clear_ordering(force=True)
    alias, _ = outer.table_alias(TABLE, create=True)
    inner.bump_prefix(outer)
    outer.alias_map[alias] = kind(inner, tuple(columns), None, "", None, alias, plan)
    first = next(iter(columns))
    for name, output in columns.items():
        outer.add_annotation(DerivedCol(alias, name, output), name)
    outer.set_values(tuple(columns))
    outer.where.add(Selected(DerivedCol(alias, first, columns[first]), inner), "AND")
    outer.patterns, outer.settings = {**patterns_of(inner), **notes, "settled": True}, settings
    if inner.is_empty():
        outer.set_empty()
    return outer
