"""Running an entry: its rows as values that JSON can hold, the statements it took, and PostgreSQL's plan for them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as time_of_day
from itertools import islice
from typing import Any, Final, Literal

import sqlparse
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.db.models.query import FlatValuesListIterable
from django.test.utils import CaptureQueriesContext
from django.utils.duration import duration_iso_string

from querysets.execution import collected
from querysets.kinds import group_keys

from .registry import Entry

ROWS: Final = 200
CHUNK: Final = 2000  # rows that are fetched at a time
SETTINGS: Final = re.compile(  # what goes around a statement, in the same message, if settings travel with it
    r"(/\* [^*]* \*/ )?(?:SAVEPOINT querysets; .*? AS name; )?SELECT (set_config\(.*?, true\)); (.*?)"
    r"(?:; SELECT set_config\(key, value, true\) .*)?",
    re.DOTALL,
)
SETTING: Final = re.compile(r"set_config\('([^']*)', ('(?:[^']|'')*'), true\)")
CURSOR: Final = re.compile(r'^DECLARE "[^"]+" .*?CURSOR (?:WITH HOLD )?FOR ')  # how psycopg begins a server-side cursor
TRANSACTION: Final = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT")
Kind = Literal["queryset", "list", "value"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement as it was executed, values filled in, on lines of its own; Django times it in whole ones."""

    sql: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What an entry gave for some arguments.

    ``rows`` are dicts of one and the same names, ``columns``; ``more`` says whether there are rows beyond them. A value
    that is no row has the column ``value``. Of groups ``keys`` are the columns that tell them apart.
    """

    entry: Entry
    arguments: Mapping[str, Any]
    kind: Kind
    columns: list[str]
    rows: list[dict[str, Any]]
    more: bool
    statements: list[Statement]
    milliseconds: float
    keys: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """All statements as one text."""
        return ";\n\n".join(statement.sql for statement in self.statements)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "number": self.entry.number,
            "name": self.entry.name,
            "arguments": {name: plain(value) for name, value in self.arguments.items()},
            "kind": self.kind,
            "columns": self.columns,
            "rows": self.rows,
            "more": self.more,
            "sql": [statement.sql for statement in self.statements],
            "statements": len(self.statements),
            "milliseconds": round(self.milliseconds, 3),
        }


def run(entry: Entry, /, row_limit: int | None = ROWS, **arguments: Any) -> Run:
    """Execute ``entry`` with its defaults and ``arguments`` on the default database; what it writes does not stay.

    The statement is the entry's own, whole; of its rows the first ``row_limit`` are read, all for None.
    """
    started = time.perf_counter()
    with _undone() if entry.writes else nullcontext(), CaptureQueriesContext(connection) as captured:
        result = entry.function(**arguments)
        result = result._asdict() if isinstance(result, tuple) and hasattr(result, "_asdict") else result
        found = _found(result, CHUNK if row_limit is None else min(CHUNK, row_limit + 1))
        rows = list(found if row_limit is None else islice(found, row_limit + 1))
    elapsed = (time.perf_counter() - started) * 1000
    more = row_limit is not None and len(rows) > row_limit
    shown = [_cells(row, result) for row in rows[:row_limit]]
    columns = list(dict.fromkeys(name for row in shown for name in row)) or _columns(result)
    known = {**entry.defaults, **arguments}
    keys = (group_keys(result.query) if isinstance(result, QuerySet) else None) or ()
    named = tuple(key for key in keys if key in columns)
    return Run(entry, known, _kind(result), columns, shown, more, list(_statements(captured)), elapsed, named)


def statement(entry: Entry, /, **arguments: Any) -> str | None:
    """The SQL of an entry, formatted, without executing it; None if it gives no queryset."""
    if not entry.is_lazy:
        return None
    result = entry.function(**arguments)
    sql, params = result.query.get_compiler(connection=connection, elide_empty=False).as_sql()
    operations: Any = connection.ops  # PostgreSQL's
    return formatted(operations.compose_sql(sql, params))


def plan(entry: Entry, /, **arguments: Any) -> str:
    """EXPLAIN (ANALYZE, BUFFERS) of the statement of an entry, or of each that it executes; nothing stays written."""
    with _undone(), CaptureQueriesContext(connection) as captured:
        result = entry.function(**arguments)
        if isinstance(result, QuerySet):
            return str(result.explain(analyze=True, buffers=True))
    queries = [query["sql"] for query in captured.captured_queries if _is_explainable(query["sql"])]
    with _undone(), connection.cursor() as cursor:
        return "\n\n".join(_explained(cursor, sql) for sql in queries)


@contextmanager
def _undone() -> Iterator[None]:
    """What is written inside is there for those inside only."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def formatted(sql: str) -> str:
    """A statement on several lines."""
    return sqlparse.format(sql, reindent=True).strip()


def plain(value: Any) -> Any:
    """``value`` as JSON holds it."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    for types, made in _PLAIN:
        if isinstance(value, types):
            return made(value)
    return str(value)


_PLAIN: Final[tuple[tuple[Any, Callable[[Any], Any]], ...]] = (
    ((date, time_of_day), lambda moment: moment.isoformat()),
    (timedelta, duration_iso_string),
    (models.Model, lambda row: plain(row.pk)),
    (Mapping, lambda mapping: {str(key): plain(member) for key, member in mapping.items()}),
    (Iterable, lambda members: [float(member) if isinstance(member, float) else plain(member) for member in members]),
)


def _kind(result: Any) -> Kind:
    if isinstance(result, QuerySet):
        return "queryset"
    return "list" if isinstance(result, list | tuple) else "value"


def _found(result: Any, chunk: int) -> Iterator[Any]:
    """The rows of a result; streamed, so that those not wanted are not fetched, where that leaves the SQL as it is."""
    if isinstance(result, QuerySet):
        return iter(result) if collected(result.query) else result.iterator(chunk_size=chunk)
    return iter(result) if isinstance(result, list | tuple) else iter([result])


def _cells(row: Any, result: Any) -> dict[str, Any]:
    """One row as a dict; of a model's row the columns, less the search vectors that only the server reads."""
    if isinstance(row, models.Model):
        added = result.query.annotation_select if isinstance(result, QuerySet) else ()
        return {name: plain(getattr(row, name)) for name in (*_fields(type(row)), *added)}
    if isinstance(row, Mapping):
        return {str(name): plain(value) for name, value in row.items()}
    if isinstance(row, tuple) and isinstance(result, QuerySet):
        return dict(zip(_columns(result), map(plain, row), strict=True))
    return {"value": plain(row)}


def _columns(result: Any) -> list[str]:
    if not isinstance(result, QuerySet):
        return []
    query = result.query
    if query.default_cols:
        return [*_fields(result.model), *query.annotation_select]
    if query.selected is None or result._iterable_class is FlatValuesListIterable:  # noqa: SLF001 (nothing else tells)
        return ["value"]
    return list(query.selected)


def _fields(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not _is_search_vector(field)]


def _is_search_vector(field: models.Field[Any, Any]) -> bool:
    return isinstance(getattr(field, "output_field", field), SearchVectorField)


def _statements(captured: CaptureQueriesContext) -> Iterator[Statement]:
    for query in captured.captured_queries:
        settings, sql = _settled(query["sql"])
        if not sql.startswith(TRANSACTION):
            yield Statement(settings + formatted(CURSOR.sub("", sql)), float(query["time"]) * 1000)


def _settled(message: str) -> tuple[str, str]:
    """The settings that travel with a statement, a line each, and the statement."""
    if (found := SETTINGS.fullmatch(message)) is None:
        return "", message
    label, settings, sql = found.groups(default="")
    return label + "".join(f"SET LOCAL {name} = {value};\n" for name, value in SETTING.findall(settings)), sql


def _is_explainable(sql: str) -> bool:
    return sql.lstrip("( \n").partition(" ")[0].upper() in {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "VALUES"}


def _explained(cursor: Any, sql: str) -> str:
    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}")
    lines = "\n".join(line for (line,) in cursor.fetchall())
    return f"{formatted(sql)}\n{lines}"
