"""Compilers that let what travels with a query (``querysets.execution``) hold for its statement."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from django.db import Error, connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE, MULTI
from psycopg import ServerCursor
from psycopg.pq import TransactionStatus

from querysets import execution
from querysets.errors import WrongShape
from querysets.execution import LABEL, TIMEOUT, Settings, as_text

from .derived import columns_in, is_locked
from .locking import check_transaction, locking
from .quoting import quoting

_OURS: Final = "querysets.sql.compilers over "  # followed by the module that was there

_SAVE: Final = (
    "SAVEPOINT querysets;"
    " SELECT set_config('querysets.outer', json_object_agg(name, current_setting(name, true))::text, true)"
    " FROM unnest(%s::text[]) AS name; "
)
_RESTORE: Final = (
    "SELECT set_config(key, value, true) FROM json_each_text(current_setting('querysets.outer')::json);"
    " RELEASE SAVEPOINT querysets"
)
_UNDO: Final = "ROLLBACK TO SAVEPOINT querysets; RELEASE SAVEPOINT querysets"


class Envelope:
    """Settings around each statement of one compiler.

    An execute wrapper: Django has compiled by the time it is called, so its guards have had their say. The settings go
    in the same message as the statement, before it and, inside a transaction of the caller, restored after it. A
    message of several statements is a transaction and needs no other: no round trip is added. Two things cannot share
    a message and get ``around`` it: a statement whose parameters the server binds, and a read from an open cursor.
    """

    def __init__(self, connection: Any, settings: Settings) -> None:
        self.connection = connection
        self.comment = f"/* {settings[LABEL]} */ " if LABEL in settings else ""
        self.values = {name: as_text(value) for name, value in settings.items() if name != LABEL}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        """Run one statement: what Django asks of an execute wrapper."""
        if params is None:  # no compiler made it: another wrapper runs something meanwhile
            return execute(sql, params, many, context)
        if not self.values or self._status is TransactionStatus.INERROR:
            return execute(self.comment + sql, params, many, context)
        named: Any = context["cursor"].cursor
        if isinstance(named, ServerCursor):
            return self._declare(named, sql, params)
        if self.connection.features.uses_server_side_binding:
            with self.around():
                return execute(self.comment + sql, params, many, context)
        before = 3 if self.in_transaction else 1
        with self._undone_after_error():
            done = execute(*self._message(sql, params), many, context)
        for _ in range(before):  # past the results of what came before
            context["cursor"].nextset()
        return done

    def _declare(self, named: Any, sql: str, params: Any) -> None:
        """Declare the server-side cursor that ``named`` will read."""
        name = self.connection.ops.quote_name(named.name)
        if self.in_transaction or TIMEOUT not in self.values:
            hold = " WITH HOLD" if named.withhold else ""
            declare = f"DECLARE {name} NO SCROLL CURSOR{hold} FOR {sql}"
        else:
            # What outlives its transaction is computed by the commit, where PostgreSQL's time limit does not hold: so
            # compute it before.
            declare = (
                f"DECLARE {name} SCROLL CURSOR WITH HOLD FOR WITH held AS MATERIALIZED ({sql}) TABLE held;"
                f" MOVE FORWARD ALL FROM {name}; MOVE BACKWARD ALL FROM {name}"
            )
        self.connection.validate_no_broken_transaction()
        with self._undone_after_error():
            self._send(*self._message(declare, params), told=named)

    @contextmanager
    def around(self) -> Generator[None]:
        """The settings, in messages of their own, while the block runs."""
        inside = self.in_transaction
        before, values = self._before()
        try:
            self._send(before if inside else "BEGIN; " + before, values)
            yield
            self._send(_RESTORE if inside else "COMMIT")
        except BaseException:
            self._undo(_UNDO if inside else "ROLLBACK")
            raise

    def stream(self, chunks: Any) -> Iterator[Any]:
        """The chunks of a cursor that runs while it is read: each read has the settings, the caller between has not."""
        try:
            while True:
                running = self.in_transaction and self._status is not TransactionStatus.INERROR
                with self.around() if running else nullcontext():
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk
        finally:
            chunks.close()

    @property
    def in_transaction(self) -> bool:
        """Whether the statement is part of a transaction that the caller opened."""
        raw = self.connection.connection
        return raw is not None and (not raw.autocommit or self._status is not TransactionStatus.IDLE)

    @property
    def _status(self) -> TransactionStatus:
        raw = self.connection.connection
        return TransactionStatus.UNKNOWN if raw is None else raw.info.transaction_status

    def _before(self) -> tuple[str, list[Any]]:
        pairs = [each for pair in self.values.items() for each in pair]
        apply = "SELECT " + ", ".join(["set_config(%s, %s, true)"] * len(self.values))
        return (_SAVE + apply, [list(self.values), *pairs]) if self.in_transaction else (apply, pairs)

    def _message(self, sql: str, params: Any) -> tuple[str, list[Any]]:
        before, values = self._before()
        after = "; " + _RESTORE if self.in_transaction else ""
        return f"{self.comment}{before}; {sql}{after}", [*values, *params]

    @contextmanager
    def _undone_after_error(self) -> Generator[None]:
        inside = self.in_transaction
        try:
            yield
        except BaseException:
            if inside and self._status is TransactionStatus.INERROR:
                self._undo(_UNDO)
            raise

    def _undo(self, sql: str) -> None:
        if self._status is not TransactionStatus.IDLE:
            with suppress(Error):  # what went wrong first is what the caller is told
                self._send(sql)

    def _send(self, sql: str, params: Any = None, *, told: Any = None) -> None:
        """One message of the library's own, its parameters written into it whoever binds those of statements."""
        text = self.connection.ops.compose_sql(sql, params) if params else sql
        with self.connection.wrap_database_errors, self.connection.connection.cursor() as own:
            try:
                own.execute(text)
            finally:
                if told is not None:
                    told._query = own._query  # where Django reads what to log  # noqa: SLF001


def _envelope(query: Query, connection: Any) -> Envelope | None:
    """What goes around the statement of ``query``; ``None`` for nothing, or within a statement that has one."""
    execution.prepare(query, connection)
    settings = execution.collected(query)
    if not settings or any(isinstance(wrapper, Envelope) for wrapper in connection.execute_wrappers):
        return None
    return Envelope(connection, settings)


def enveloped(query: Query, connection: Any) -> AbstractContextManager[Any]:
    """A block whose statement is run under what travels with ``query``."""
    envelope = _envelope(query, connection)
    return nullcontext() if envelope is None else connection.execute_wrapper(envelope)


@contextmanager
def surrounded(query: Query, connection: Any) -> Generator[str]:
    """A block of statements that no compiler sends, under what travels with ``query``; gives what they begin with."""
    envelope = _envelope(query, connection)
    with nullcontext() if envelope is None or not envelope.values else envelope.around():
        yield "" if envelope is None else envelope.comment


class _Reading:
    """A statement run by ``execute_sql``; its subqueries are compiled by compilers that are not asked to run."""

    query: Query
    connection: Any

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        """The statement, with the locks of ``locked()``."""
        django: Any = super()
        if not is_locked(self.query):
            return django.as_sql(*args, **kwargs)
        return locking(self, partial(django.as_sql, *args, **kwargs))

    def execute_sql(
        self,
        result_type: str = MULTI,
        chunked_fetch: bool = False,  # noqa: FBT001, FBT002 (the signature is Django's)
        chunk_size: int = GET_ITERATOR_CHUNK_SIZE,
    ) -> Any:
        """Run the statement, in its envelope if it has one."""
        django: Any = super()
        check_transaction(self.query, self.connection)
        envelope = _envelope(self.query, self.connection)
        if envelope is None:
            return django.execute_sql(result_type, chunked_fetch, chunk_size)
        with self.connection.execute_wrapper(envelope):
            rows = django.execute_sql(result_type, chunked_fetch, chunk_size)
        # A cursor declared in autocommit ran to its end when its transaction did; one in the caller's runs when read.
        return envelope.stream(rows) if chunked_fetch and envelope.values and envelope.in_transaction else rows

    def get_select_for_update_of_arguments(self) -> list[str]:
        """The tables to lock: where one is derived, all the others, as PostgreSQL cannot lock what is computed."""
        django: Any = super()
        named: list[str] = django.get_select_for_update_of_arguments()
        joins: dict[str, Any] = self.query.alias_map
        if named or not any(getattr(join, "derived", False) for join in joins.values()):
            return named
        quote = quoting(self)
        used = self.query.alias_refcount
        return [quote(alias) for alias, join in joins.items() if used[alias] and not getattr(join, "derived", False)]


class _Updating:
    """An UPDATE, which is several statements where a model has parents."""

    query: Query
    connection: Any

    def as_sql(self) -> Any:
        """The statement, unless it would set a column to one of a derived table, which it has no place for."""
        django: Any = super()
        for field, _, value in getattr(self.query, "values", ()):
            for column in columns_in(value):
                raise WrongShape(
                    f"{self.query.get_meta().label}: update() cannot set {field.name!r} to {column.name!r}, which is "
                    f"computed over the rows; use sync_from({field.name!r}, F(...)), or "
                    "Subquery(rows.filter(pk=OuterRef('pk')).values(...))"
                )
        return django.as_sql()

    def execute_sql(self, result_type: str) -> Any:
        """Run the statements, in one envelope if there is one."""
        django: Any = super()
        with enveloped(self.query, self.connection):
            return django.execute_sql(result_type)

    def execute_returning_sql(self, returning_fields: Any) -> Any:
        """As ``execute_sql``, for rows that ``save()`` reads back; not in Django 5.2."""
        django: Any = super()
        with enveloped(self.query, self.connection):
            return django.execute_returning_sql(returning_fields)


def _over(base: ModuleType) -> ModuleType:
    """A module as ``base``, whose compilers are derived from those of ``base``; inserts carry no settings."""
    module = ModuleType(_OURS + base.__name__)
    for name, found in vars(base).items():
        if isinstance(found, type) and issubclass(found, SQLCompiler) and not issubclass(found, SQLInsertCompiler):
            mixin = _Updating if issubclass(found, SQLUpdateCompiler) else _Reading
            setattr(module, name, type(name, (mixin, found), {"__module__": module.__name__}))
        elif not name.startswith("__"):
            setattr(module, name, found)
    return module


def install() -> None:
    """Put the compilers under every PostgreSQL connection, those that exist and those to come.

    On the class, which backends such as PostGIS inherit from, and on subclasses that name a module of their own. Not by
    ``connection_created``: a query is compiled before its thread connects.
    """
    existing = connections.all()
    classes: list[type] = [
        type(connection.ops) for connection in existing if isinstance(connection.ops, DatabaseOperations)
    ]
    for operations in (DatabaseOperations, *classes):
        owner: Any = next(cls for cls in operations.__mro__ if "compiler_module" in vars(cls))
        if not owner.compiler_module.startswith(_OURS):
            module = _over(import_module(owner.compiler_module))
            owner.compiler_module = module.__name__
            sys.modules[module.__name__] = module
    for connection in existing:
        vars(connection.ops)["_cache"] = None  # the module that it has looked up before
