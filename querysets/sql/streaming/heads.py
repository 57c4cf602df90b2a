"""The first rows of each value of a column, found by an index that leads with it: in proportion to the values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.contrib.postgres.indexes import BTreeIndex
from django.db.models import BooleanField, Expression, F, Func, Index, Q, UniqueConstraint

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.ordering import order_terms
from querysets.sql.quoting import quoting

from .queues import is_state

# From each value to the next. Where the least key of each is wanted, the index goes on with the key.
_STEPS: Final = """WITH RECURSIVE heads (v, k) AS (
 (SELECT {column}, {key} FROM {table} WHERE {states} AND {column} IS NOT NULL ORDER BY {order} LIMIT 1)
 UNION ALL
 SELECT n.v, n.k FROM heads CROSS JOIN LATERAL (SELECT {column}, {key} FROM {table}
 WHERE {states} AND {column} > heads.v ORDER BY {order} LIMIT 1) n (v, k))"""


class _Value(Func):
    """The value whose rows are looked for."""

    template = "heads.v"
    arity = 0


class _Among(Expression):
    """Whether the row is among the first of its value."""

    def __init__(self, column: Any, states: Sequence[str], scope: Scope, rows: SqlQuery | None) -> None:
        super().__init__(output_field=BooleanField())
        self.column, self.states, self.state, self.rows = column, states, scope.field(scope.role("state")), rows

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        made: Any = self.copy()
        made.key = F("pk").resolve_expression(query, *args, **kwargs)
        return made

    def get_source_expressions(self) -> list[Any]:
        return [self.key] if hasattr(self, "key") else []

    def set_source_expressions(self, exprs: Any) -> None:
        if exprs:
            (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        quote, options = connection.ops.quote_name, self.column.model._meta
        key, params = compiler.compile(self.key)
        states = f"{quote(self.state.column)} IN ({', '.join(['%s'] * len(self.states))})"
        names = {"column": quote(self.column.column), "key": quote(options.pk.column), "states": states}
        order = names["column"] if self.rows is not None else f"{names['column']}, {names['key']}"
        steps = _STEPS.format(table=quoting(compiler)(options.db_table), order=order, **names)
        given = (*self.states, *self.states)
        if self.rows is None:
            return f"{key} = ANY(ARRAY({steps} SELECT k FROM heads))", (*params, *given)  # noqa: S608
        rows, more = self.rows.get_compiler(connection=connection).as_sql()
        found = f"{steps} SELECT first.k FROM heads CROSS JOIN LATERAL ({rows}) first (k)"  # noqa: S608
        return f"{key} = ANY(ARRAY({found}))", (*params, *given, *more)


def led(scope: Scope, name: str) -> Any:
    """The field, if it is a column of the model's own and an index of the model begins with it."""
    options: Any = scope.model._meta
    field = next((each for each in options.local_concrete_fields if name in {each.name, each.attname}), None)
    trees = [each for each in (*options.indexes, *options.constraints) if type(each) in _TREES and each.fields]
    leading = {each.fields[0].lstrip("-") for each in trees}
    return field if field is not None and (field.db_index or field.name in leading) else None


_TREES: Final = frozenset({Index, BTreeIndex, UniqueConstraint})


def first_of_each(scope: Scope, field: Any, states: Sequence[str], where: Q, *, keys: Sequence[str], n: int) -> Q:
    """Among the first ``n`` rows of its value that meet ``where``, by ``keys``; those without a value are one more."""

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
    among = Q(_Among(field, states, scope, rows(named)))
    return among | Q(pk__in=rows(Q((f"{field.name}__isnull", True)))) if field.null else among


def head_of_each(scope: Scope, field: Any, states: Sequence[str]) -> Q:
    """The row with the least key of those that share its value, in any of ``states``."""
    return Q(_Among(field, states, scope, None)) & is_state(scope, *states)
