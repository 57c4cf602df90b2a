"""The commit horizon: below it no transaction runs any more, so that nothing can appear among the rows."""

from __future__ import annotations

from typing import Any

from django.db.models import Func, Q

from querysets.fields import XidField
from querysets.roles import role_of
from querysets.scope import Scope


class Horizon(Func):
    """The oldest transaction that still runs, or else the next one."""

    template = "pg_snapshot_xmin(pg_current_snapshot())"
    arity = 0

    def __init__(self) -> None:
        super().__init__(output_field=XidField())


def settled(scope: Scope, field: str | None = None) -> Q:
    return Q((f"{xid(scope, field)}__lt", Horizon()))


def unsettled(scope: Scope, field: str | None = None) -> Q:
    """The rows that are committed, and not settled."""
    return Q((f"{xid(scope, field)}__gte", Horizon()))


def xid(scope: Scope, field: str | None) -> str:
    """The path to the transaction that inserted a row."""
    name = scope.role("xid", field)
    found: Any = scope.field(name)
    if not isinstance(found, XidField):
        raise TypeError(
            f"{scope.label}: {name!r} is a {type(found).__name__}; the id of the inserting transaction is an XidField"
        )
    return name


def timestamp(scope: Scope) -> str | None:
    """The moment of a row, where the model has one."""
    found = role_of(scope.model, "timestamp")
    return None if found is None else scope.path(found.field)
