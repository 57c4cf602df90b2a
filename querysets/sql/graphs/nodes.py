"""The rows that a walk starts from, and those that it may pass."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from django.db.models import Model, QuerySet
from django.db.models.manager import BaseManager

from querysets._types import SqlQuery, meta
from querysets.conditions import Cond, all_of
from querysets.scope import Scope
from querysets.sql import comparisons
from querysets.sql.derived import joins_to_many
from querysets.sql.relations import Rows, frozen, rows_of

Through: TypeAlias = "Rows | Cond | None"
"""The nodes that there are: rows of the model, a condition on them, or None for all."""


def nodes_of(scope: Scope, through: Through = None, *fields: str) -> QuerySet[Any, Any]:
    """The keys of the nodes that there are, and ``fields``; all are those of the table, whatever its managers hide."""
    scope.path("pk")  # which groups do not have
    if isinstance(through, QuerySet | BaseManager):
        rows = _nodes(scope, through)
    else:
        rows = scope.model._base_manager.all()
        rows = rows if through is None else rows.filter(all_of(_plain(scope), through))
    return rows.order_by().values_list("pk", *fields)


def starts(scope: Scope, of: Any, *fields: str, through: Through = None) -> SqlQuery:
    """A query of the keys, and ``fields``, of the nodes that ``of`` names.

    A key, an instance, a list of either, a queryset of nodes or of one column of keys, or an ``OuterRef``.
    """
    if isinstance(of, QuerySet | BaseManager):
        rows = rows_of(scope, cast("Any", of))
        if rows.query.default_cols:  # nodes themselves: an OuterRef of theirs is that of the chain
            found = nodes_of(scope, rows, *fields)
            return cast("Any", found if through is None else found.filter(pk__in=nodes_of(scope, through))).query
        of = rows
    elif isinstance(of, list | tuple | set | frozenset):
        of = [key(scope, each) for each in cast("list[Any]", of)]
    else:
        of = key(scope, of)
    return cast("Any", nodes_of(scope, through, *fields).filter(comparisons.by(_plain(scope), pk=of))).query


def key(scope: Scope, given: Any) -> Any:
    """The key that ``given`` is or has."""
    if isinstance(given, Model):
        if not isinstance(given, meta(scope.model).concrete_model):
            raise TypeError(f"{scope.label}: a node must be a {scope.model._meta.label}, got {given!r}")
        return given.pk
    if hasattr(given, "resolve_expression") or given is None:
        return given
    try:
        return meta(scope.model).pk.to_python(given)
    except Exception as error:
        raise ValueError(f"{scope.label}: {given!r} is no key of {scope.model._meta.label}") from error


def _nodes(scope: Scope, given: Rows) -> QuerySet[Any, Any]:
    rows = rows_of(scope, given)
    if not issubclass(meta(rows.model).concrete_model, meta(scope.model).concrete_model):
        raise TypeError(f"{scope.label}: rows of {meta(rows.model).label} are no {meta(scope.model).label}")
    return frozen(rows) if joins_to_many(rows.query) else rows


def _plain(scope: Scope) -> Scope:
    """What the chain has computed is not known of all nodes."""
    return Scope(scope.model, None, scope.method)
