"""Places of rows, from 1 without gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, IntegerField, Q, Window
from django.db.models.functions import RowNumber

from querysets._types import SqlQuery
from querysets.execution import settings_of
from querysets.scope import Scope
from querysets.sql.filters.identity import position
from querysets.sql.ordering import order_terms
from querysets.sql.values import names, whole

from .columns import column


def renumber(scope: Scope, name: str, per: str | Sequence[str], by: str | Sequence[str]) -> Mapping[Any, Any]:
    """The number of each row in its group."""
    field = _whole(scope, name)
    groups = [F(scope.path(key)) for key in names(scope, "per", per)]
    order = order_terms(scope, names(scope, "by", by) or [name])
    window = Window(RowNumber(), partition_by=groups or None, order_by=order)
    return {field: window}


def reposition(scope: Scope, name: str, to: int, per: str | Sequence[str]) -> tuple[Any, list[str]]:
    """The column, and the names of what the rows of a group have in common."""
    whole(scope, "to", to)
    return _whole(scope, name), [scope.path(key) for key in names(scope, "per", per)]


def group(scope: Scope, using: str, key: Mapping[str, Any]) -> Scope:
    """All rows of the model with a key, under the settings of the chain."""
    found = scope.model._default_manager.using(using)
    null = Q(*((f"{name}__isnull", True) for name, value in key.items() if value is None))
    found = found.filter(null, **{name: value for name, value in key.items() if value is not None})
    query: SqlQuery = found.query
    query.settings = settings_of(scope.query)
    return Scope(scope.model, query, scope.method)


def moved(field: Any, held: Sequence[tuple[Any, ...]], pk: Any, to: int) -> Mapping[Any, Any]:
    """The place of each of the rows, ``(pk, place)``, once the row ``pk`` stands at place ``to``."""
    ordered = sorted(held, key=lambda row: (row[1] is None, row[1] or 0, row[0]))
    keys = [row[0] for row in ordered if row[0] != pk]
    keys.insert(max(to, 1) - 1, pk)
    return {field: position(Scope(field.model, None, "reposition"), keys, "pk", "drop")}


def _whole(scope: Scope, name: str) -> Any:
    field = column(scope, name)
    if not issubclass(type(field), IntegerField):
        raise TypeError(f"{scope.label}: {name} holds no whole numbers, so it is no place")
    return field
