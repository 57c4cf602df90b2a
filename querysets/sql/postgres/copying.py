"""COPY: rows as streams from and to the server, of which few at a time lie in memory."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO, TextIOBase
from itertools import chain, islice
from typing import Any, Final, Literal, TypeAlias

from django.db import Error, connections, transaction
from psycopg.errors import Error as DriverError

from querysets._types import SqlQuery, meta
from querysets.errors import WrongShape
from querysets.scope import Scope
from querysets.sql.compilers import surrounded
from querysets.sql.values import names, one_of

from .rows import Incoming, Values

Format = Literal["csv", "text", "binary"]
Progress: TypeAlias = Callable[[int], object]
"""Called now and then, and at the end, with the number of rows so far."""

CHUNK: Final = 250
"""Rows of one COPY: between two, the connection is free, so that the rows may come from it."""
BLOCK: Final = 1 << 16
"""Bytes that are written at a time."""
_LINE: Final = re.compile(r"COPY .*?, line (\d+)(?:, column ([^:]+))?")


def whole(scope: Scope) -> Scope:
    """``scope`` itself, unless its chain says which rows: those that are new are of no such chain."""
    query: SqlQuery = scope.query
    if query.where.children:
        raise WrongShape(
            f"{scope.label} writes rows that are none of the chain's, and this chain is narrowed by conditions; "
            f"call it on {meta(scope.model).object_name}.objects"
        )
    return scope


def copied_in(scope: Scope, rows: Incoming, using: str, progress: Progress | None) -> int:
    """How many rows were copied into the table of the model."""
    if rows.is_empty:
        return 0
    connection = connections[using]
    name = connection.ops.quote_name
    into = f"{name(meta(rows.model).db_table)} ({', '.join(name(field.column) for field in rows.columns)})"
    first = list(islice(values := iter(rows), CHUNK))  # an error in one of them comes before any SQL
    with transaction.atomic(using=using):
        return sent(scope.query, connection, into, chain(first, values), scope.label, progress)


def sent(  # noqa: PLR0917
    query: SqlQuery,
    connection: Any,
    into: str,
    rows: Iterable[Values],
    label: str,
    progress: Progress | None = None,
) -> int:
    """How many rows were copied into a table, inside of a transaction."""
    copied = place = 0
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        try:
            with (
                connection.wrap_database_errors,
                surrounded(query, connection) as comment,
                connection.cursor() as cursor,
            ):
                with cursor.copy(f"{comment}COPY {into} FROM STDIN") as copy:
                    for values in chunk:
                        copy.write_row(values)
                copied += cursor.rowcount
        except Error as error:
            raise _located(error, label, place) from error.__cause__
        place += len(chunk)
        if progress is not None:
            progress(place)
    return copied


def _located(error: Error, label: str, place: int) -> Error:
    """The error with the row that the server found it in; the server counts from 1, anew for each chunk."""
    told = error.__cause__.diag if isinstance(error.__cause__, DriverError) else None
    line = _LINE.search(told.context or "") if told else None
    if told is None or line is None:
        return error
    column = f"{line[2]}: " if line[2] else ""
    detail = f" ({told.message_detail})" if told.message_detail else ""
    return type(error)(f"{label}: rows[{place + int(line[1]) - 1}]: {column}{told.message_primary}{detail}")


def copied_out(  # noqa: PLR0917
    query: SqlQuery,
    using: str,
    columns: Sequence[str],
    write: Callable[[bytes], object],
    form: Format,
    progress: Progress | None,
) -> int:
    """How many rows of a query were written, after a line with the names of the columns."""
    connection = connections[using]
    with (
        transaction.atomic(using=using),  # whatever goes wrong, the caller's own transaction goes on
        connection.wrap_database_errors,
        surrounded(query, connection) as comment,
        connection.cursor() as cursor,
    ):
        select = _select(query, connection, len(columns))
        blocks, size, rows = [_heading(columns, form)], 0, 0
        with cursor.copy(f"{comment}COPY ({select}) TO STDOUT WITH (FORMAT {form})") as copy:
            for block in copy:  # the server sends one for each row
                blocks.append(bytes(block))
                size += len(blocks[-1])
                rows += 1
                if size >= BLOCK:
                    write(b"".join(blocks))
                    blocks, size = [], 0
                    if progress is not None:
                        progress(rows)
        write(b"".join(blocks))
        if progress is not None:
            progress(cursor.rowcount)
        return int(cursor.rowcount)


def _select(query: SqlQuery, connection: Any, width: int) -> str:
    """The statement of a query, its values written into it: COPY takes no parameters."""
    sql, params = query.get_compiler(connection=connection, elide_empty=False).as_sql()
    text = str(connection.ops.compose_sql(sql, params))
    if not query.distinct:
        return text
    listed = ", ".join(f"v{place}" for place in range(width))  # Django adds the columns that it is ordered by
    return f"SELECT {listed} FROM ({text}) AS selected ({listed})"  # noqa: S608


def _heading(columns: Sequence[str], form: Format) -> bytes:
    """The line that names the columns; the binary format has none."""
    if form == "binary":
        return b""
    line = StringIO()
    csv.writer(line, delimiter="," if form == "csv" else "\t", lineterminator="\n").writerow(columns)
    return line.getvalue().encode()


def writer(scope: Scope, target: Any) -> Callable[[bytes], object]:
    """What takes the bytes: a binary file, or any callable."""
    if isinstance(target, TextIOBase):
        raise TypeError(f"{scope.label} writes bytes; open the file with mode 'wb'")
    write: Any = getattr(target, "write", target)
    if not callable(write):
        raise TypeError(f"{scope.label} needs a file or a callable that takes bytes, got {target!r}")
    found: Callable[[bytes], object] = write
    return found


def selection(scope: Scope, fields: Any) -> list[str] | None:
    """The names of what is copied; None for what the chain selects itself."""
    query: SqlQuery = scope.query
    if fields is not None:
        wanted = [scope.path(name) for name in names(scope, "fields", fields)]
        if not wanted:
            raise ValueError(f"{scope.label}: fields must name at least one")
        return wanted
    if not query.default_cols:
        return None
    own = [field.attname for field in meta(scope.model).concrete_fields if not field.generated]
    return [*own, *query.annotation_select]


def form_of(scope: Scope, form: Any) -> Format:
    """One of the formats of COPY."""
    found: Format = one_of(scope, "format", form, ("csv", "text", "binary"))
    return found
