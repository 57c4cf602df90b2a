"""Samples, and counts that are not exact: answers about a large table without reading all of it."""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import F, FloatField, Func, IntegerField, Q, QuerySet, Value

from querysets._types import meta
from querysets.scope import Scope
from querysets.sql.fields import BOOLEAN
from querysets.sql.values import amount, numbered

MOST: Final = 2**31 - 1


class Sampled(Func):
    """Whether a row is in a sample of its table: the same rows for the same seed, until one is written."""

    template = "%(key)s IN (SELECT %(column)s FROM %(table)s TABLESAMPLE BERNOULLI (%(percent)s) REPEATABLE (%(seed)s))"
    output_field = BOOLEAN

    def __init__(self, model: Any, percent: float, seed: int) -> None:
        self.model = model
        super().__init__(F("pk"), Value(percent, FloatField()), Value(seed, IntegerField()))

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        name, options = connection.ops.quote_name, meta(self.model)
        key, percent, seed = map(compiler.compile, self.get_source_expressions())
        words = {"key": key[0], "percent": percent[0], "seed": seed[0]}
        sql = self.template % {**words, "column": name(options.pk.column), "table": name(options.db_table)}
        return sql, (*key[1], *percent[1], *seed[1])


def table_sampled(scope: Scope, percent: float, seed: int) -> Q:
    amount(scope, "percent", percent, 0, 100)
    numbered(scope, "seed", seed, -MOST - 1, MOST)
    scope.path("pk")
    return Q(Sampled(scope.model, float(percent), seed))


def estimated(rows: QuerySet[Any, Any]) -> int:
    """How many rows PostgreSQL's planner expects."""
    connection: Any = connections[rows.db]
    try:
        rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    (told,) = json.loads(rows.explain(format="json"))
    return int(told["Plan"]["Plan Rows"])
