"""What the database knows: the indexes of a table with their size and use, and the statements that it was sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.db.utils import DatabaseError

from querysets import execution
from querysets.errors import MissingExtension

from .forms import Form, Key, squeezed

_INDEXES: Final = """
    SELECT c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '^.*? USING ', ''), am.amname,
        ARRAY(SELECT pg_get_indexdef(i.indexrelid, place, true) FROM generate_series(1, i.indnkeyatts) place),
        ARRAY(
            SELECT CASE WHEN o.opcdefault THEN '' ELSE o.opcname::text END
            FROM unnest(i.indclass) WITH ORDINALITY AS used (opclass, place) JOIN pg_opclass o ON o.oid = used.opclass
            ORDER BY place
        ),
        i.indoption::int2[]::int[], COALESCE(pg_get_expr(i.indpred, i.indrelid), ''), i.indisunique, i.indisvalid,
        COALESCE(k.contype::text, ''), pg_relation_size(i.indexrelid), COALESCE(s.idx_scan, 0)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
    LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
    WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""

_TABLE: Final = """
    SELECT GREATEST(c.reltuples, 0)::bigint, pg_relation_size(c.oid), d.stats_reset
    FROM pg_class c, pg_stat_database d WHERE c.oid = to_regclass(%s) AND d.datname = current_database()
"""

_STATEMENTS: Final = """
    SELECT query, calls, total_exec_time FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query ~* '^[^a-z]*(/|select|with)'
"""


@dataclass(frozen=True, slots=True)
class Existing:
    """An index of the database.

    ``on`` is how PostgreSQL writes what it is on, ``constraint`` p, u or x where it enforces one, ``scans`` how often
    it was read.
    """

    name: str
    on: str
    form: Form
    valid: bool
    constraint: str
    size: int
    scans: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its rows by PostgreSQL's count, its bytes, and since when scans are counted if they once were reset."""

    rows: int
    size: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as ``pg_stat_statements`` has it, how often it ran, and its milliseconds in all."""

    sql: str
    calls: int
    ms: float

    def about(self, table: str) -> str | None:
        """The statement without the columns of other tables, or None if it does not read ``table``."""
        if f'"{table}"' not in self.sql:
            return None
        others: dict[str, str] = {}
        for name, alias in _READ.findall(self.sql):
            others[alias or name] = name
        return _COLUMN.sub(lambda each: each[2] if others.get(each[1]) == table else '"_"', self.sql)


_READ: Final = re.compile(r'"(\w+)"(?!\.)(?: (?:AS )?"?([A-Z]+\d+)\b"?)?')
_COLUMN: Final = re.compile(r'"?\b(\w+)"?\.("\w+")')


def table_of(model: type[models.Model], connection: Any) -> Table | None:
    """The table of ``model``, or None if there is none yet."""
    found = _read(connection, _TABLE, [_quoted(model, connection)])
    return Table(*found[0]) if found else None


def indexes_of(model: type[models.Model], connection: Any) -> list[Existing]:
    """The indexes of the table of ``model``."""
    found: list[Existing] = []
    for row in _read(connection, _INDEXES, [_quoted(model, connection)]):
        name, on, access, what, opclasses, orders, condition, unique, valid, constraint, *sizes = row
        keys = tuple(Key(squeezed(each), *by) for each, *by in zip(what, opclasses, orders, strict=False))
        # as in forms: an exclusion constraint has the condition of the chains that ask
        form = Form(access, keys, "" if constraint == "x" else squeezed(condition), unique)
        found.append(Existing(name, on, form, valid, constraint, *sizes))
    return found


def statements(connection: Any) -> list[Statement]:
    """What the database was sent, by ``pg_stat_statements``."""
    try:
        with transaction.atomic(using=connection.alias):
            return [Statement(*row) for row in _read(connection, _STATEMENTS)]
    except DatabaseError as error:
        raise MissingExtension(
            "the statements of a database are read from the extension 'pg_stat_statements', which needs "
            "shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, a restart, and CREATE EXTENSION "
            f"pg_stat_statements; the server says: {str(error).splitlines()[0]}"
        ) from error


def _quoted(model: type[models.Model], connection: Any) -> str:
    quoted: str = connection.ops.quote_name(model._meta.db_table)
    return quoted


def _read(connection: Any, sql: str, params: Sequence[Any] = ()) -> list[Any]:
    with execution.cursor(connection) as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall())
