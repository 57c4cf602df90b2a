"""The first rows of each value of a column, found by an index that leads with it: in proportion to the values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import BTreeIndex
from django.db.models import F, Func, Index, Q, Subquery, UniqueConstraint

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.expressions import Operator
from querysets.sql.fields import BOOLEAN
from querysets.sql.ordering import order_terms
from querysets.sql.quoting import quoting

_TREES: Final = frozenset({Index, BTreeIndex, UniqueConstraint})

# From each value to the next, each a descent into the index; then into its rows.
_STEPS: Final = """ARRAY(WITH RECURSIVE heads (v) AS (
 (SELECT {column} FROM {table} WHERE {states} ORDER BY {column} LIMIT 1)
 UNION ALL
 SELECT (SELECT {column} FROM {table} WHERE {states} AND {column} > heads.v ORDER BY {column} LIMIT 1)
 FROM heads WHERE heads.v IS NOT NULL
) SELECT first.k FROM heads CROSS JOIN LATERAL {rows} first (k))"""


class _Value(Func):
    """The value whose rows are looked for."""

    template = "heads.v"
    arity = 0


class _First(Subquery):
    """The keys of the rows that a query has of each value."""

    def __init__(self, rows: SqlQuery, column: Any, state: Any, states: Sequence[str]) -> None:
        super().__init__(rows, output_field=rows.get_meta().pk)
        self.column, self.state, self.states = column, state, states

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        rows, params = super().as_sql(compiler, connection)
        quote = connection.ops.quote_name
        sql = _STEPS.format(
            column=quote(self.column.column),
            table=quoting(compiler)(self.column.model._meta.db_table),
            states=f"{quote(self.state.column)} IN ({', '.join(['%s'] * len(self.states))})",
            rows=rows,
        )
        return sql, (*self.states, *self.states, *params)


def led(scope: Scope, name: str) -> Any:
    """The field, if it is a column of the model's own and an index of the model begins with it."""
    options: Any = scope.model._meta
    field = next((each for each in options.local_concrete_fields if name in {each.name, each.attname}), None)
    trees = [each for each in (*options.indexes, *options.constraints) if type(each) in _TREES and each.fields]
    leading = {each.fields[0].lstrip("-") for each in trees}
    return field if field is not None and (field.db_index or field.name in leading) else None


def first_of_each(scope: Scope, field: Any, states: Sequence[str], where: Q, *, keys: Sequence[str], n: int) -> Q:
    """Among the first ``n`` rows of its value that meet ``where``, by ``keys``; those without a value share one."""

    def rows(condition: Q) -> SqlQuery:
        found: Any = scope.query
        query: SqlQuery = found.clone()
        query.add_q(where & condition)
        query.clear_ordering(force=True)
        query.add_ordering(*order_terms(Scope(scope.model, query, scope.method), keys))
        query.set_values(["pk"])
        query.set_limits(high=n)
        return query

    named = Q((field.name, _Value(output_field=field)))
    first: Any = _First(rows(named), field, scope.field(scope.role("state")), states)
    if field.null:  # not by OR, which no index serves
        first = Operator(first, "||", ArraySubquery(rows(Q((f"{field.name}__isnull", True)))))
    return Q(Operator(F("pk"), "= ANY", Func(first, template="(%(expressions)s)"), output_field=BOOLEAN))
