"""Distinct values by a loose index scan: from each value to the next, where an index leads with the column."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.postgres.indexes import BTreeIndex
from django.db.models import Index, UniqueConstraint
from django.db.models.expressions import Col, ResolvedOuterRef, Subquery
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable

from querysets._types import SqlQuery
from querysets.sql.derived import DerivedCol
from querysets.sql.ordering import name_of
from querysets.sql.quoting import quoting

_TREES: Final = frozenset({Index, BTreeIndex, UniqueConstraint})

# Each value costs a descent into the index, which is as much as fifty rows of a scan. In a table that is small, or so
# new that there are no statistics, it does not matter. The last branch has no DISTINCT: the GROUP BY around it will do,
# and workers for it would be started even where it is not begun.
_VALUES: Final = """WITH RECURSIVE few (few) AS MATERIALIZED (
 SELECT COALESCE(BOOL_AND(c.reltuples < 10000 OR (s.n_distinct > 0 AND s.n_distinct * 50 < c.reltuples)), TRUE)
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stats s
 ON (s.schemaname, s.tablename) = (n.nspname, c.relname) WHERE c.oid = %s::regclass AND s.attname = %s
), loose (v) AS (
 (SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND (SELECT few FROM few) ORDER BY {column} LIMIT 1)
 UNION
 SELECT (SELECT {column} FROM {table} WHERE {column} > loose.v ORDER BY {column} LIMIT 1)
 FROM loose WHERE loose.v IS NOT NULL
) SELECT v FROM loose WHERE v IS NOT NULL
UNION ALL
SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND NOT (SELECT few FROM few)"""


class LooseTable(BaseTable):
    """The place in FROM of the table of a query: each value of a column once, where the query asks for nothing else."""

    def __init__(self, table_name: str, alias: str, field: Any) -> None:
        super().__init__(table_name, alias)
        self.field = field

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self._is_all(compiler.query):
            return super().as_sql(compiler, connection)
        column = connection.ops.quote_name(self.field.column)
        table = quoting(compiler)(self.table_name)
        values = _VALUES.format(column=column, table=table)
        return f"({values}) {quoting(compiler)(self.table_alias)} ({column})", [table, self.field.column]

    def relabeled_clone(self, change_map: Any) -> Any:
        return type(self)(self.table_name, change_map.get(self.table_alias, self.table_alias), self.field)

    def _is_all(self, query: SqlQuery) -> bool:
        """Whether the column is all that the query has of the table, and each value counts once."""
        others = any(count for alias, count in query.alias_refcount.items() if alias != self.table_alias)
        if others or query.default_cols or query.annotation_select or query.group_by is None:
            return False
        columns: list[Any] = [*query.select, *query.group_by, query.where]
        named = {self.field.name, self.field.attname}
        ordered = query.order_by or (query.default_ordering and query.get_meta().ordering)
        in_order = all(name_of(term) in named for term in ordered or ())
        return in_order and all(map(self._is_own, columns))

    def _is_own(self, node: Any) -> bool:
        if isinstance(node, Col):
            return node.alias == self.table_alias and node.target.column == self.field.column
        if isinstance(node, DerivedCol | Query | Subquery | ResolvedOuterRef):
            return False
        below: list[Any] = getattr(node, "children", None) or getattr(node, "get_source_expressions", list)()
        return all(self._is_own(each) for each in below if each is not None)


def scanned(query: SqlQuery, name: str) -> None:
    """Let ``query``, which has the distinct values of a field, find them by the index that leads with it, if one does.

    Whether this is done is seen when the statement is written: a condition on another column reads the table.
    """
    options = query.get_meta()
    field = next((each for each in options.local_concrete_fields if name in {each.name, each.attname}), None)
    alias = query.get_initial_alias()
    if field is not None and type(query.alias_map[alias]) is BaseTable and _leads(options, field):
        query.alias_map[alias] = LooseTable(options.db_table, alias, field)


def _leads(options: Any, field: Any) -> bool:
    """Whether a btree of the model begins with the field, whose values come again."""
    trees: list[Any] = [
        index
        for index in (*options.indexes, *options.constraints)
        if type(index) in _TREES and index.condition is None and not index.opclasses
    ]
    fields = [*(tree.fields for tree in trees), *options.unique_together]
    leading = {several[0].lstrip("-") for several in fields if several}
    return not field.unique and (field.db_index or field.name in leading)
