"""System checks of what a manager declares: ``E0xx`` fields, ``E1xx`` the database, ``W0xx`` speed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

from django.contrib.postgres.indexes import GinIndex
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connections, models, router
from django.db.utils import DatabaseError
from pgvector.django import BitField, HalfVectorField, SparseVectorField, VectorField

from . import execution
from ._types import meta
from .roles import ROLES, Edges, conflicts, field_at, misses, paths_of, role_of, roles_of

PGVECTOR = (0, 8, 4)  # older ones lose rows of a filtered index scan, or read past the end of a vector


def problems(manager: Any, databases: Collection[str] | None = None) -> Iterator[checks.CheckMessage]:
    """What is wrong with one manager and its model.

    ``E001`` a role names no field; ``E002`` a field of the wrong type; ``E003`` one role, two fields. With databases
    (``manage.py check --database default``): ``E101`` an extension is missing; ``E102`` pgvector is too old. ``W001``
    a role whose patterns no index of the model serves.
    """
    yield from _fields(manager)
    ours = [each for each in manager.model._meta.managers if hasattr(each, "roles")]
    if manager is not ours[0]:
        return  # what follows is about the model: say it once
    for alias in databases or ():
        if router.allow_migrate_model(alias, manager.model) and connections[alias].vendor == "postgresql":
            yield from _extensions(manager.model, alias)
    yield from _indexes(manager.model)


def _fields(manager: Any) -> Iterator[checks.CheckMessage]:
    model = manager.model
    where = f"{model._meta.label}.{manager.name}"
    for name, value in manager.roles.items():
        role = ROLES[name]
        if isinstance(value, Edges) and (problem := misses(model, value)):
            yield checks.Error(f"{where}: {name}: {problem}", obj=model, id="querysets.E001")
        for path in paths_of(role, value):
            try:
                field = field_at(model, path)
            except (FieldDoesNotExist, FieldError) as error:
                yield checks.Error(f"{where}: {name}={value!r}: {error}", obj=model, id="querysets.E001")
                continue
            if not role.accepts(field):
                yield checks.Error(
                    f"{where}: {name}={path!r} is a {type(field).__name__}; this role is {role.holds}",
                    obj=model,
                    id="querysets.E002",
                )
    for name, fields in conflicts(model):
        yield checks.Error(
            f"{where}: role {name!r} names two fields: {', '.join(map(str, fields))}",
            hint="A role is a fact of the model: declare it once and pass field=... for the exception.",
            obj=model,
            id="querysets.E003",
        )


def _needed(model: type[models.Model]) -> dict[str, str]:
    """The extensions that the patterns of ``model`` need, each with the reason."""
    needed: dict[str, str] = {}
    if roles_of(model).get("search_fields"):
        needed["pg_trgm"] = "the indexes of 'search_fields'"
    for field in model._meta.concrete_fields:
        if isinstance(field, VectorField | HalfVectorField | SparseVectorField | BitField):
            needed["vector"] = f"the column {field.name!r}"
    return needed


def _extensions(model: type[models.Model], alias: str) -> Iterator[checks.CheckMessage]:
    needed = _needed(model)
    if not needed:
        return
    try:
        with execution.cursor(connections[alias]) as cursor:
            cursor.execute("SELECT to_regclass(%s)", [connections[alias].ops.quote_name(model._meta.db_table)])
            if cursor.fetchone() == (None,):  # not migrated yet: the migration that makes the table may make these too
                return
            cursor.execute("SELECT extname, extversion FROM pg_extension")
            installed: dict[str, str] = dict(cursor.fetchall())
    except DatabaseError:  # a database that cannot be reached is Django's to report
        return
    for name, reason in needed.items():
        if name not in installed:
            yield checks.Error(
                f"the database {alias!r} lacks the extension {name!r}, needed for {reason}",
                hint="Add its operation of django.contrib.postgres.operations to a migration, or CREATE EXTENSION.",
                obj=model,
                id="querysets.E101",
            )
        elif name == "vector" and _version(installed[name]) < PGVECTOR:
            yield checks.Error(
                f"the database {alias!r} has pgvector {installed[name]}, which is older than "
                f"{'.'.join(map(str, PGVECTOR))}, needed for {reason}",
                hint="Upgrade the server's package, then ALTER EXTENSION vector UPDATE.",
                obj=model,
                id="querysets.E102",
            )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _indexes(model: type[models.Model]) -> Iterator[checks.CheckMessage]:
    """Roles that many patterns filter or order by, and that no index begins with."""
    if model._meta.abstract or not model._meta.managed:
        return
    for role, index in _INDEXES.items():
        if role not in roles_of(model) or (found := role_of(model, role)) is None:
            continue
        for field in found.field if ROLES[role].several else (found.field,):
            if "__" not in field and meta(model).get_field(field).model is model and not _served(model, field, role):
                yield checks.Warning(
                    f"no index serves the role {role!r} ({field})",
                    hint=f"Add to Meta.indexes: {index.format(field=field, table=model._meta.model_name)}",
                    obj=model,
                    id="querysets.W001",
                )


_INDEXES = {
    "timestamp": "models.Index(fields=['-{field}', '-id'], name='{table}_{field}')",
    "updated": "models.Index(fields=['{field}'], name='{table}_{field}')",
    "tags": "GinIndex(fields=['{field}'], name='{table}_{field}')",
    "search_fields": "GinIndex(OpClass(Upper('{field}'), 'gin_trgm_ops'), name='{table}_{field}_trgm')",
}


def _served(model: type[models.Model], name: str, role: str) -> bool:
    field = meta(model).get_field(name)
    wants_gin = role in {"tags", "search_fields"}
    if not wants_gin and (getattr(field, "db_index", False) or getattr(field, "unique", False)):
        return True
    for index in model._meta.indexes:
        if index.condition is not None or isinstance(index, GinIndex) is not wants_gin:
            continue
        first = index.fields_orders[0][0] if index.fields_orders else None
        if first == name or (wants_gin and any(name in _names(each) for each in index.expressions)):
            return True
    return False


def _names(expression: Any) -> set[str]:
    """The fields that an index expression reads."""
    if isinstance(expression, models.F):
        return {cast("Any", expression).name}
    return {name for source in expression.get_source_expressions() for name in _names(source)}
