"""Putting a world into a database: one loader for all scales, by COPY, in one transaction."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Protocol

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.management.color import no_style
from django.db import connections, models, transaction
from pgvector.django import VectorField
from psycopg import sql

from . import world as make_world
from .models import Loaded
from .rows import JSON_NULL, Connection, Row
from .whole import World

PYTHON = "{}.{}".format(*sys.version_info)
APPS = ("content", "ops", "graph")
CONNECTIONS: str = "graph.Node_connections"  # which Django makes for a many-to-many relation
BULK = 100_000  # posts from which on it pays to build the indexes behind the rows
Model = type[models.Model]


class Loadable(Protocol):
    """What can be loaded: a world in memory, or one that streams."""

    @property
    def scale(self) -> str:
        """Its name."""
        ...

    @property
    def now(self) -> datetime:
        """The moment at which it stands."""
        ...

    @property
    def size(self) -> int:
        """How many posts it has."""
        ...

    def tables(self) -> Iterable[tuple[type[Row], Iterable[Row]]]:
        """The rows of every table, those first that others point at."""
        ...


Report = Callable[[str, int | None, float], None]
"""Told after each step what was done, with how many rows, in how many seconds."""


def load(world: Loadable, using: str = "default", report: Report | None = None) -> None:
    """Replace what the world's tables hold by ``world``: all of it gets there, or nothing changes."""
    clock = _Clock(report)
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        parts = [(model_of(table), table, rows) for table, rows in world.tables()]
        written: list[Model] = [*(model for model, _, _ in parts), Loaded]
        names = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in written)
        cursor.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
        with _bare(cursor, written, clock) if world.size >= BULK else nullcontext():
            for model, table, rows in parts:
                clock.lap(model._meta.db_table, _copy(cursor, model, table, rows))
        Loaded.objects.using(using).create(scale=world.scale, now=world.now, posts=world.size, python=PYTHON)
        for statement in connections[using].ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)
        connections[using].check_constraints()
        cursor.execute(sql.SQL("ANALYZE {}").format(names))
        clock.lap("constraints and statistics")


def loaded(using: str = "default") -> World:
    """The world that the database holds, made anew: the rows as oracles read them.

    Raises
    ------
    LookupError
        No world was loaded, or one that is not kept in memory, or one with the texts of another Python.
    """
    found = Loaded.objects.using(using).first()
    where = f"database {using!r}"
    if found is None:
        raise LookupError(f"{where} holds no world; load one by: manage.py world")
    if found.scale == "large":
        raise LookupError(f"{where} holds a large world, of which Python keeps no rows; load the small one or the demo")
    if found.python != PYTHON:
        raise LookupError(
            f"{where} holds the texts of Python {found.python}, this is Python {PYTHON}; load its own: manage.py world"
        )
    return make_world(found.scale, found.now)


def model_of(table: type[Row]) -> Model:
    """The model whose rows a dataclass describes: no two of the example's have one name."""
    if table is Connection:
        return apps.get_model(CONNECTIONS)
    found: dict[str, Model] = {model.__name__: model for app in APPS for model in apps.get_app_config(app).get_models()}
    return found[table.__name__]


def _copy(cursor: Any, model: Model, table: type[Row], rows: Iterable[Row]) -> int:
    """Write the rows; columns that the database computes are not among those of the dataclass.

    FREEZE spares the tables a vacuum, so that plans which read an index only are right at once. The table has to be
    emptied in the same transaction.
    """
    columns = {field.attname: field for field in model._meta.concrete_fields}
    names = [field.name for field in fields(table)]
    converters = {place: convert for place, name in enumerate(names) if (convert := _converter(columns[name]))}
    read = attrgetter(*names)
    statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FREEZE)").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(str(columns[name].column)) for name in names),
    )
    count = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            values = list(read(row))
            for place, convert in converters.items():
                if values[place] is not None:
                    values[place] = convert(values[place])
            copy.write_row(values)
            count += 1
    return count


def _converter(field: models.Field[Any, Any]) -> Callable[[Any], Any] | None:
    """How a value that is not NULL becomes one that psycopg writes as the column wants it."""
    if isinstance(field, models.JSONField):
        return lambda value: "null" if value is JSON_NULL else json.dumps(value)
    if isinstance(field, ArrayField):
        return list
    if isinstance(field, VectorField):
        return lambda value: str(list(value))
    return None


@contextmanager
def _bare(cursor: Any, written: Iterable[Model], clock: _Clock) -> Iterator[None]:
    """Leave out indexes and foreign keys while rows arrive: a sort and a join later cost less than a search a row."""
    tables = [model._meta.db_table for model in written]
    cursor.execute(
        "SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f') ORDER BY 1, 2",
        [tables],
    )
    indexes = cursor.fetchall()
    cursor.execute(
        "SELECT format('ALTER TABLE %%s', conrelid::regclass), quote_ident(conname), pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) AND contype = 'f'",
        [tables],
    )
    keys = cursor.fetchall()
    for alter, name, _ in keys:
        cursor.execute(f"{alter} DROP CONSTRAINT {name}")
    for _, name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for table, of_table in groupby(indexes, key=itemgetter(0)):
        for _, _, definition in of_table:
            cursor.execute(definition)
        clock.lap(f"indexes of {table}")
    for alter, name, definition in keys:
        cursor.execute(f"{alter} ADD CONSTRAINT {name} {definition}")
    clock.lap("foreign keys")


class _Clock:
    """Seconds between one step and the next."""

    def __init__(self, report: Report | None) -> None:
        self.report = report
        self.last = time.perf_counter()

    def lap(self, step: str, rows: int | None = None) -> None:
        """Report a step that ended now."""
        now = time.perf_counter()
        if self.report:
            self.report(step, rows, now - self.last)
        self.last = now
