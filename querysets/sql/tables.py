"""Derived tables that SQL of ours makes of other queries: series, cohorts, runs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple

from querysets._types import SqlQuery

from .derived import DerivedTable


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
