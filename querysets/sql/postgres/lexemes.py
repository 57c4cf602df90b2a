"""Statistics of the lexemes in text search vectors."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from querysets import execution
from querysets.scope import Scope
from querysets.sql.compilers import enveloped
from querysets.sql.values import counted

_STATEMENT: Final = "SELECT word, ndoc, nentry FROM ts_stat(%s) ORDER BY ndoc DESC, word LIMIT %s"


def vector(scope: Scope, field: str | None) -> str:
    """The text search vector that is given, else that of the role."""
    name = scope.role("search", field)
    scope.typed(name, SearchVectorField, "a text search vector")
    return name


def frequent(scope: Scope, vectors: QuerySet[Any, Any], limit: int) -> list[dict[str, Any]]:
    """The lexemes of one column, by how many of the rows have them."""
    most = min(counted(scope, "limit", limit), sys.maxsize)
    connection: Any = connections[vectors.db]
    try:
        sql, params = vectors.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return []
    connection.ensure_connection()  # which writes the parameters into the text that ts_stat() runs
    text = connection.ops.compose_sql(sql, params)
    with enveloped(vectors.query, connection), execution.cursor(connection) as cursor:
        cursor.execute(_STATEMENT, [text, most])
        return [dict(zip(("lexeme", "count", "occurrences"), row, strict=True)) for row in cursor.fetchall()]
