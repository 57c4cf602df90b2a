"""INSERT ... SELECT: the rows of a query as new rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Func, Model, Q, UniqueConstraint, Value

from querysets._types import SqlQuery, meta
from querysets.errors import UnknownField, WrongShape
from querysets.roles import did_you_mean
from querysets.scope import Scope
from querysets.sql.derived import joins_to_many, picking, select
from querysets.sql.fields import BOOLEAN
from querysets.sql.filters.identity import plain

from .columns import by_database, default_of, value_of
from .writing import Held, Stored, Writing, check_values, in_order, valued

Copied = Mapping[Any, Any]
"""Column of the new row = expression over the old one."""


class AnyOf(Func):
    """``value = ANY(array)``: of many keys, quicker to read than a list of them."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BOOLEAN


class Insertion(Writing):
    """Rows of a query as new rows of the table of ``target``."""

    target: Any
    columns: Sequence[Any]

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        query = self.inner_query.clone()  # compiling changes a query
        sql, params = query.get_compiler(connection=compiler.connection).as_sql()
        return f"{into(compiler, self.target, self.columns)} {sql}", tuple(params)


class Transport(Held):
    """Rows that are locked and, as they are then, written into the table of ``target``; gives their keys."""

    strength = "UPDATE"
    target: Any
    columns: Sequence[Any]
    key: Sequence[Any]
    replaced: Sequence[Any]

    def statement(self, compiler: Any) -> tuple[str, tuple[Any, ...]]:
        tables, held, params = self.parts(compiler)
        values = ", ".join(f"v{place}" for place, _ in enumerate(self.columns))
        insert = f"{into(compiler, self.target, self.columns)} SELECT {values} FROM held ORDER BY k"  # noqa: S608
        lists = f"{f'{tables}, ' if tables else ''}held (k, {values}) AS MATERIALIZED ({held})"
        return f"WITH {lists}, written AS ({insert}{self._or_over(compiler)}) SELECT k FROM held", params  # noqa: S608

    def _or_over(self, compiler: Any) -> str:
        """What happens to a row that has the key already."""
        if not self.key:
            return ""
        name = compiler.connection.ops.quote_name
        conflict = f" ON CONFLICT ({', '.join(name(field.column) for field in self.key)}) DO"
        columns = [name(field.column) for field in self.replaced]
        if not columns:
            return f"{conflict} NOTHING"
        table = name(meta(self.target).db_table)
        new = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
        changed = " OR ".join(f"{table}.{column} IS DISTINCT FROM EXCLUDED.{column}" for column in columns)
        return f"{conflict} UPDATE SET {new} WHERE {changed}"


def into(compiler: Any, target: Any, columns: Sequence[Any]) -> str:
    """The head of an INSERT."""
    name = compiler.connection.ops.quote_name
    return f"INSERT INTO {name(meta(target).db_table)} ({', '.join(name(field.column) for field in columns)})"


def copied(scope: Scope, target: type[Model], fields: Mapping[str, Any]) -> Copied:
    """The columns of a new row of ``target``: those given, and what Django fills in for others."""
    if not (isinstance(target, type) and issubclass(target, Model)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label} needs a model, got {target!r}")
    options = meta(target)
    if options.concrete_model._meta.parents:
        raise WrongShape(f"{scope.label}: the columns of {options.label} stand in several tables, and one is written")
    given = {_field(scope, options, name): value for name, value in fields.items()}
    if not given:
        raise TypeError(f"{scope.label} needs at least one field of {options.label}")
    values: dict[Any, Any] = {field: _source(scope, field, value) for field, value in given.items()}
    blank: Any = target()
    for field in options.concrete_fields:
        if field not in values and not field.generated:
            filled = _default(scope, field, blank)
            if filled is not None:
                values[field] = filled
    return values


def _field(scope: Scope, options: Any, name: str) -> Any:
    try:
        field = options.get_field(options.pk.name if name == "pk" else name)
    except FieldDoesNotExist:
        names = [each.name for each in options.concrete_fields]
        raise UnknownField(f"{scope.label}: {options.label} has no field {name!r}{did_you_mean(name, names)}") from None
    if not getattr(field, "concrete", False) or field.many_to_many or field.generated:
        raise ValueError(f"{scope.label}: {name!r} of {options.label} is no column that can be written")
    return field


def _source(scope: Scope, field: Any, value: Any) -> Any:
    if isinstance(value, str):
        return F(scope.path(value))
    return value_of(scope, field, value)


def _default(scope: Scope, field: Any, blank: Any) -> Any:
    """What Django fills in for a field that is not given; None for what the database does."""
    if by_database(field):
        return None
    if field.default is uuid4:
        return RandomUUID()  # one each
    value = default_of(scope, field, blank)
    return None if value is None else value_of(scope, field, value)


def among(model: type[Model], keys: Sequence[Any]) -> Q:
    """The rows with these primary keys."""
    return Q(AnyOf(F("pk"), Value(list(keys), output_field=ArrayField(plain(meta(model).pk)))))


def unique_key(scope: Scope, target: type[Model], given: Sequence[str]) -> list[Any]:
    """The first of the given fields that is unique on its own, else the first unique constraint over some of them."""
    options = meta(target)
    fields = [_field(scope, options, name) for name in given]
    for field in fields:
        if field.unique:
            return [field]
    for constraint in options.total_unique_constraints:
        columns = [options.get_field(name) for name in cast("UniqueConstraint", constraint).fields]
        if all(column in fields for column in columns) and constraint.deferrable is None:
            return columns
    return []


def insertion(scope: Scope, target: type[Model], values: Copied) -> Insertion:
    """The statement that makes new rows of ``target``."""
    given: SqlQuery = scope.query
    query = given.clone()
    if query.distinct or joins_to_many(query):
        select(query, picking(query))
    names = [f"_new_{field.attname}" for field in values]
    for name, (field, value) in zip(names, values.items(), strict=True):
        query.add_annotation(Stored(value, field), name)
    check_values(scope, query, names)
    query.append_annotation_mask(names)
    query.set_values(names)
    query.select_for_update = False
    made = Insertion(scope.model)
    made.inner_query, made.target, made.columns = query, target, list(values)
    return made


def transport(scope: Scope, target: type[Model], values: Copied, given: Sequence[str]) -> Transport:
    """The statement that writes rows into the table of ``target``, over those with the key that is ``given``."""
    query, names = valued(scope, values)
    key = unique_key(scope, target, given)
    replaced = [field for field in list(values)[: len(given)] if field not in key]
    made = in_order(Transport(scope.model), query, names)
    made.target, made.columns, made.key, made.replaced = target, list(values), key, replaced
    return made
