"""INSERT ... ON CONFLICT: rows that are created where their key is new, and written over where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple, cast
from uuid import uuid4

from django.core.exceptions import EmptyResultSet, FieldError, FullResultSet
from django.db import connections, transaction
from django.db.models.expressions import Expression
from psycopg.adapt import PyFormat, Transformer

from querysets.conditions import Cond, all_of
from querysets.errors import PatternError, WrongShape
from querysets.scope import Scope
from querysets.sql.apart import column_type
from querysets.sql.subqueries.columns import column, value_of
from querysets.sql.subqueries.writing import Stored, Writing
from querysets.sql.values import names

from .copying import sent
from .keys import Key, condition, key_of, needed, parts
from .rows import Incoming, Values, columns

FEW: Final = 1000
"""So many rows are quicker sent as arrays than copied into a table of their own."""
PLACE: Final = "querysets_place"
"""The column that numbers the rows of the caller."""
OLD: Final = 180_000
"""The version of PostgreSQL from which on RETURNING knows the row as it was before."""


class Upserted(NamedTuple):
    """How many keys ``upsert()`` has created rows for, written over, and found to be as they should."""

    created: int
    updated: int
    unchanged: int


class Excluded(Expression):
    """In ``where`` and ``update`` of ``upsert()``, the value of a column that the row would be given.

    A name without it, or in ``F()``, is the value that the row in the table has: ``F("hits") + Excluded("hits")``.

    Examples
    --------
    >>> newer = Q(updated_at__lt=Excluded("updated_at"))
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __repr__(self) -> str:
        return f"Excluded({self.name!r})"

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(query, Upsert):
            raise WrongShape(f"{self!r} stands in where=... or update=... of upsert(), outside of subqueries")
        resolved: Any = self.copy()
        field = query.incoming(self.name)
        resolved.column, resolved.output_field = field.column, getattr(field, "target_field", field)
        return resolved

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return f"EXCLUDED.{connection.ops.quote_name(cast('Any', self).column)}", ()


class Upsert(Writing):
    """The statement that writes rows which lie in arrays, or in a table of their own."""

    scope: Scope
    key: Key
    columns: Sequence[Any]
    targets: Mapping[Any, Any]
    """Column = what it is set to where the key is there."""
    compared: Mapping[Any, Any]
    """Column = what it is compared with: a row in which all are the same is not written."""
    only: Any
    """A condition on those that are."""
    arrays: Sequence[Sequence[str | None]] = ()
    table: str = ""

    def given(self, field: Any) -> Any:
        """The value of a column that comes in."""
        return Excluded(field.name).resolve_expression(self)

    def incoming(self, name: str) -> Any:
        """The column ``name`` of the rows that come in."""
        (field,) = columns(self.scope, [name])
        if self.columns and field not in self.columns:
            raise ValueError(f"{self.scope.label}: the rows do not give {name!r}, so there is no Excluded({name!r})")
        return field

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        connection = compiler.connection
        name = connection.ops.quote_name
        table, listed = name(self.get_meta().db_table), ", ".join(name(field.column) for field in self.columns)
        own, of = parts(self.key, self.model, connection), condition(self.key, self.model, connection)
        key, alike = ", ".join(own), ", ".join([*own, *self._alone(own, of)])
        source, params = self._source(connection)
        action, given = self._action(compiler, table)
        pk = name(self.get_meta().pk_fields[0].column)
        is_new = f"old.{pk} IS NULL" if connection.pg_version >= OLD else f"{table}.xmax = 0"
        sql = (
            f"WITH incoming AS MATERIALIZED (SELECT DISTINCT ON ({alike}) {listed} FROM {source}"  # noqa: S608
            f" ORDER BY {alike}, {PLACE} DESC), written AS (INSERT INTO {table} ({listed})"
            f" SELECT {listed} FROM incoming ORDER BY {key}"
            f" ON CONFLICT ({key}){f' WHERE {of}' if of else ''} DO {action} RETURNING {is_new} AS created)"
            " SELECT (SELECT COUNT(*) FROM incoming), COUNT(*), COUNT(*) FILTER (WHERE created) FROM written"
        )
        return sql, (*params, *given)

    def _alone(self, own: Sequence[str], of: str) -> list[str]:
        """What tells apart rows that have no key: those without a value, and those that its condition is not about."""
        tests = [f"({of})"] if of else []
        if not self.key.fields and self.key.nulls_distinct:
            tests += [f"{part} IS NOT NULL" for part in own]
        return [f"CASE WHEN {' AND '.join(tests)} THEN 0 ELSE {PLACE} END"] if tests else []

    def _source(self, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The rows as they came in, each with its place."""
        name = connection.ops.quote_name
        if self.table:
            return name(self.table), ()
        listed = ", ".join(f"v{place}" for place, _ in enumerate(self.columns))
        typed = ", ".join(
            f"v{place}::{_type(field, connection)} AS {name(field.column)}" for place, field in enumerate(self.columns)
        )
        given = f"UNNEST({', '.join(['%s::text[]'] * len(self.columns))}) WITH ORDINALITY AS given ({listed}, {PLACE})"
        return f"(SELECT {typed}, {PLACE} FROM {given}) AS typed", tuple(map(list, self.arrays))  # noqa: S608

    def _action(self, compiler: Any, table: str) -> tuple[str, tuple[Any, ...]]:
        """What becomes of a row that has the key already."""
        if not self.targets:
            return "NOTHING", ()
        name = compiler.connection.ops.quote_name
        sets = [(name(field.column), *compiler.compile(value)) for field, value in self.targets.items()]
        tests = [(name(field.column), *compiler.compile(value)) for field, value in self.compared.items()]
        differs = " OR ".join(f"{table}.{column} IS DISTINCT FROM {sql}" for column, sql, _ in tests)
        try:
            only, given = compiler.compile(self.only)
        except FullResultSet:
            only, given = "", ()
        except EmptyResultSet:
            return "NOTHING", ()
        new = ", ".join(f"{column} = {sql}" for column, sql, _ in sets)
        params = tuple(each for _, _, params in (*sets, *tests) for each in params)
        return f"UPDATE SET {new} WHERE ({differs}){f' AND ({only})' if only else ''}", (*params, *given)

    def run(self, rows: Incoming, using: str) -> Upserted:
        """Write the rows: few by one statement, many by way of a table of their own."""
        found = iter(_with_keys(self, rows))
        few, connection = list(islice(found, FEW + 1)), connections[using]
        if not few:
            return Upserted(0, 0, 0)
        if len(few) <= FEW:
            with transaction.mark_for_rollback_on_error(using=using):
                connection.ensure_connection()
                self.arrays = _texts(few, connection.connection)
                return self._counts(using)
        with transaction.atomic(using=using), connection.cursor() as cursor:
            self.table = f"querysets_{uuid4().hex}"
            name = connection.ops.quote_name
            listed = ", ".join(name(field.column) for field in self.columns)
            like = f"SELECT {listed}, 0::bigint AS {PLACE} FROM {name(self.get_meta().db_table)} WITH NO DATA"  # noqa: S608
            cursor.execute(f"CREATE TEMPORARY TABLE {self.table} AS {like}")
            numbered = ((*values, place) for place, values in enumerate(chain(few, found)))
            sent(self.inner_query, connection, self.table, numbered, self.scope.label)
            counts = self._counts(using)
            cursor.execute(f"DROP TABLE {self.table}")
        return counts

    def _counts(self, using: str) -> Upserted:
        ((incoming, written, created),) = self.fetched(using)
        return Upserted(created, written - created, incoming - written)


def _type(field: Any, connection: Any) -> str:
    """What a text is cast to for a column, so that it compares as the column does."""
    collation = getattr(field, "db_collation", None)
    collated = f" COLLATE {connection.ops.quote_name(collation)}" if collation else ""
    return f"{column_type(field, connection)}{collated}"


def _texts(rows: Sequence[Values], connection: Any) -> list[list[str | None]]:
    """The columns of ``rows``, each value as PostgreSQL reads it."""
    transformer = Transformer(connection)

    def text(value: Any) -> str | None:
        if value is None or type(value) is str:
            return value
        dumped = transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        return None if dumped is None else bytes(dumped).decode()

    return [list(map(text, column)) for column in zip(*rows, strict=True)]


def _with_keys(statement: Upsert, rows: Incoming) -> Iterator[Values]:
    """The rows, once it is sure that each has a key: one with NULL in it would be created anew each time."""
    key = statement.key
    places = {statement.columns.index(field): field.name for field in key.fields if key.nulls_distinct and field.null}
    for number, values in enumerate(rows):
        for place, name in places.items():
            if values[place] is None:
                raise ValueError(f"{rows.scope.label}: rows[{number}]: {name} is part of the key, which is never NULL")
        yield values


def upsert(  # noqa: PLR0917
    scope: Scope, rows: Incoming, key: Any, update: Any, where: Cond | None, unless_same: Any
) -> Upsert:
    made = Upsert(scope.model)
    made.inner_query, made.scope, made.columns, made.key = scope.query, scope, rows.columns, key_of(scope, key)
    _check_key(made, rows)
    try:
        made.targets = _targets(made, rows, update)
        made.compared = _compared(made, rows, unless_same)
        made.only = made.build_where(
            all_of(Scope(scope.model, None, scope.method), *(() if where is None else (where,)))
        )
    except FieldError as error:
        if isinstance(error, PatternError):
            raise
        raise ValueError(f"{scope.label}: {error}; take the columns of the row, Excluded(), or a subquery") from None
    if any(of.contains_aggregate or of.contains_over_clause for of in (*made.targets.values(), made.only)):
        raise ValueError(f"{scope.label}: neither aggregates nor windows have one value a row")
    return made


def _check_key(made: Upsert, rows: Incoming) -> None:
    lacking = [field.name for field in needed(made.key, made.scope) if field not in rows.given]
    if lacking and rows.given:
        raise ValueError(f"{made.scope.label}: the rows do not give {', '.join(map(repr, lacking))}, part of the key")


def _targets(made: Upsert, rows: Incoming, update: Any) -> Mapping[Any, Any]:
    """What each column is set to."""
    scope = made.scope
    if update is None:
        kept = {field for field in rows.columns if getattr(field, "auto_now_add", False) or field.primary_key}
        taken = [field for field in rows.columns if field in rows.given or _is_now(field)]
        return {field: made.given(field) for field in taken if field not in kept and field not in made.key.fields}
    if isinstance(update, Mapping):
        given = {column(scope, name): value for name, value in cast("Mapping[str, Any]", update).items()}
        values = {field: Stored(value_of(scope, field, value), field) for field, value in given.items()}
        return {
            field: cast("Any", value).resolve_expression(made, allow_joins=False) for field, value in values.items()
        }
    return _incoming(made, rows, [column(scope, name) for name in names(scope, "update", update)])


def _incoming(made: Upsert, rows: Incoming, fields: Sequence[Any]) -> Mapping[Any, Any]:
    """Column = the value that comes in for it: a default is none that a row is set to or compared with."""
    for field in fields:
        if rows.given and field not in rows.given and not _is_now(field):
            raise ValueError(f"{made.scope.label}: the rows do not give {field.name!r}")
    return {field: made.given(field) for field in fields}


def _compared(made: Upsert, rows: Incoming, unless_same: Any) -> Mapping[Any, Any]:
    """What tells whether a row has changed: that it is written says nothing of its own."""
    if unless_same is None:
        return {field: of for field, of in made.targets.items() if not _is_now(field)} or made.targets
    wanted = names(made.scope, "unless_same", unless_same)
    if not wanted:
        raise ValueError(f"{made.scope.label}: unless_same needs at least one field")
    return _incoming(made, rows, columns(made.scope, wanted))


def _is_now(field: Any) -> bool:
    return getattr(field, "auto_now", False)
