"""System checks of what a manager declares: ``E0xx`` fields, ``E1xx`` the database, ``W0xx`` speed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import connections, models, router
from django.db.utils import DatabaseError
from pgvector.django import BitField, HalfVectorField, SparseVectorField, VectorField

from . import execution
from .advice.forms import declared
from .advice.needs import FOREIGN_KEYS, NEEDS
from .roles import ROLES, Edges, conflicts, field_at, misses, paths_of, roles_of

PGVECTOR = (0, 8, 4)  # older ones lose rows of a filtered index scan, or read past the end of a vector


def problems(manager: Any, databases: Collection[str] | None = None) -> Iterator[checks.CheckMessage]:
    """What is wrong with one manager and its model.

    ``E001`` a role names no field; ``E002`` a field of the wrong type; ``E003`` one role, two fields. With databases
    (``manage.py check --database default``): ``E101`` an extension is missing; ``E102`` pgvector is too old. ``W001``
    a role or a foreign key whose patterns no index of the model serves; ``W002`` there is one, but of another access
    method, operator class or expression than they need.
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
    """Roles and foreign keys that many patterns filter or order by, and that no index serves."""
    if model._meta.abstract or not model._meta.managed:
        return
    have = declared(model)
    for need in NEEDS:
        for field in need.fields(model) if need.expected else ():
            if need.served_by(model, field, have):
                continue
            what = f"the foreign key {field!r}" if need.role == FOREIGN_KEYS else f"the role {need.role!r} ({field})"
            wrong = need.missed_by(model, field, have)
            yield checks.Warning(
                f"{', '.join(wrong)}: of the wrong kind for {what}" if wrong else f"no index serves {what}",
                hint=f"Add to Meta.indexes: {need.line(model, field)}, after 'from querysets import indexes'.",
                obj=model,
                id="querysets.W002" if wrong else "querysets.W001",
            )
