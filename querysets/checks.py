"""System checks of the roles that a manager declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError

from .roles import ROLES, conflicts, field_at


def problems(manager: Any) -> Iterator[checks.CheckMessage]:
    """What is wrong with the roles of one manager: ``querysets.E001`` to ``E003``."""
    model = manager.model
    where = f"{model._meta.label}.{manager.name}"
    for name, value in manager.roles.items():
        role = ROLES[name]
        for path in (value.values() if isinstance(value, dict) else value) if role.several else (value,):
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
