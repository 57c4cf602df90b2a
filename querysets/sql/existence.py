"""Bodies of the conditions on related rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Exists, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual, Range

from querysets.conditions import Cond, all_of, negated
from querysets.scope import Scope, path_of

from . import comparisons
from .relations import Relation, related
from .rollups import related_count

Values = Mapping[str, Any]


def having(
    scope: Scope, relation: Relation, *given: Cond, at_least: int = 1, at_most: int | None = None, by: Values
) -> Q:
    for name, bound in (("at_least", at_least), ("at_most", at_most)):
        if bound is not None and bound < 0:
            raise ValueError(f"{scope.label}: {name} must be 0 or more, got {bound}")
    rows = related(scope, relation, *given, by=by)
    if at_least == 0 and at_most is None:
        return Q()
    if at_most is None and at_least == 1:
        return Q(Exists(rows))
    if at_most == 0:
        return Q(~Exists(rows)) if at_least == 0 else ~Q()
    count = related_count(rows)
    if at_least and at_most is not None:
        return Q(Range(count, (at_least, at_most)))
    return Q(GreaterThanOrEqual(count, at_least)) if at_most is None else Q(LessThanOrEqual(count, at_most))


def lacking(scope: Scope, relation: Relation, *given: Cond, by: Values) -> Q:
    return Q(~Exists(related(scope, relation, *given, by=by)))


def having_only(scope: Scope, relation: str, *given: Cond, allow_none: bool = False, by: Values) -> Q:
    violating = Scope(path_of(scope.model, relation).field.related_model, None, scope.method)
    wanted = all_of(violating, *given) & comparisons.by(violating, **by)
    none_violates = Q(~Exists(related(scope, relation).filter(negated(violating, wanted))))
    return none_violates if allow_none else none_violates & Q(Exists(related(scope, relation)))


def having_each(scope: Scope, path: str, values: Collection[Any]) -> Q:
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise TypeError(f"{scope.label}: values must be a list, tuple or set, got {values!r}")
    relation, _, name = path.rpartition("__")
    if not relation:
        relation, name = path, "pk"
    found = Q()
    for value in dict.fromkeys(values):
        found &= having(scope, relation, by={name: value})
    return found
