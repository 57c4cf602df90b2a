"""Bodies of the conditions on the rows of another queryset, and on fields that differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from querysets.scope import Scope
from querysets.sql.expressions import IsDistinctFrom
from querysets.sql.relations import Rows, frozen, looked_at, rows_of


def matched(scope: Scope, rows: Rows, on: Mapping[str, str]) -> QuerySet[Any]:
    """``rows`` whose fields equal those of the outer row: its own field = theirs; NULL equals nothing."""
    if not on:
        raise TypeError(f"{scope.label} needs at least one field = the field of the other rows that it is matched with")
    others = looked_at(scope, rows_of(scope, rows))
    there = Scope(others.model, others.query, scope.method)
    tied = Q(*((there.path(name), OuterRef(scope.path(own))) for own, name in on.items()))
    return (frozen(others) if there.windows else others).filter(tied)


def also_in(scope: Scope, rows: Rows, *, on: Mapping[str, str]) -> Q:
    return Q(Exists(matched(scope, rows, on)))


def missing_from(scope: Scope, rows: Rows, *, on: Mapping[str, str]) -> Q:
    return Q(~Exists(matched(scope, rows, on)))


def differing_from(scope: Scope, rows: Rows, *fields: str, on: Mapping[str, str]) -> Q:
    if not fields:
        raise TypeError(f"{scope.label} needs at least one field to compare")
    others = matched(scope, rows, on)
    there = Scope(others.model, others.query, scope.method)
    unlike = Q()
    for name in fields:
        unlike |= Q(IsDistinctFrom(F(there.path(name)), OuterRef(scope.path(name))))
    return Q(Exists(others.filter(unlike)))


def differing(scope: Scope, one: str, other: str) -> Q:
    return Q(IsDistinctFrom(F(scope.path(one)), F(scope.path(other))))
