"""Values that a CTE computes once for many rows, looked up by key: what stands in for a join to it.

Where others write at the same time, PostgreSQL (18.1) passes over rows that it locks or updates through a nested loop
over a derived table or a CTE. An array of keys and a map of values, each computed once, are no joins.
"""

from __future__ import annotations

import re
from typing import Any

from querysets._types import SqlQuery


def column_type(field: Any, connection: Any) -> str:
    """What a value is cast to for a column; of a text without its length, to which a cast would cut it."""
    return re.sub(r"\b(varchar|char)\(\d+\)", r"\1", field.cast_db_type(connection))


def among(key: str, table: str) -> str:
    """Whether ``key`` is one of the keys ``k`` of the CTE ``table``."""
    return f"{key} = ANY(ARRAY(SELECT k FROM {table}))"  # noqa: S608 (names that are quoted)


def looked_up(key: str, table: str, value: str, db_type: str) -> str:
    """What the CTE ``table`` has for ``key`` in the column ``value``; NULL for a key that it does not have."""
    values = f"SELECT jsonb_object_agg(k::text, {value}::text) FROM {table}"  # noqa: S608 (names that are quoted)
    return f"(({values}) ->> {key}::text)::{db_type}"


def waiting(query: SqlQuery) -> str:
    """What is done where another transaction has a row."""
    if query.select_for_update_skip_locked:
        return " SKIP LOCKED"
    return " NOWAIT" if query.select_for_update_nowait else ""
