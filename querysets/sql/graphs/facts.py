"""Facts on two axes of time: when they are true, and when they were taken for true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, Value

from querysets._types import meta
from querysets.roles import require, roles_of
from querysets.scope import Scope
from querysets.sql.filters.spans import covering
from querysets.sql.filters.times import column_at
from querysets.sql.subqueries.columns import column, value_of
from querysets.sql.subqueries.inserts import Insertion, copied, insertion
from querysets.sql.zones import now


def valid_at(scope: Scope, moment: Any = None) -> Q:
    return _at(scope, "valid", moment)


def known_at(scope: Scope, moment: Any = None) -> Q:
    return _at(scope, "known", moment)


def span(scope: Scope, role: str) -> tuple[str, str]:
    """The two fields of a role: from when, until when."""
    found = tuple(require(scope.model, role, scope.method, argument="covering(moment, start, end)"))
    if len(found) != 2:  # noqa: PLR2004 (a start and an end)
        raise ValueError(f"{scope.label}: the role {role!r} is a start and an end, it is declared as {found!r}")
    return found[0], found[1]


def _at(scope: Scope, role: str, moment: Any) -> Q:
    return covering(scope, moment, *span(scope, role), open_start=True)


@dataclass(frozen=True, slots=True)
class Replacement:
    """The end of facts at a moment, and others like them from then on."""

    moment: Any
    ended: Mapping[Any, Any]
    new: Mapping[str, Any]

    @classmethod
    def of(cls, scope: Scope, moment: date | datetime | None, values: Mapping[str, Any]) -> Replacement:
        """The replacement of facts by others with ``values``, from a moment on."""
        if not values:
            raise TypeError(f"{scope.label} needs at least one field with what it is from now on")
        start, end = span(scope, "valid")
        at = column_at(scope, start, None).point(now(scope, None) if moment is None else moment, "moment")
        new = {name: value_of(scope, column(scope, name), value) for name, value in values.items()}
        if "known" in roles_of(scope.model):
            recorded, retracted = span(scope, "known")
            new = {recorded: Value(now(scope, None)), retracted: Value(None), **new}
        return cls(at, {column(scope, end): Value(at)}, {**new, start: Value(at)})

    def insertion(self, scope: Scope) -> Insertion:
        """The statement that makes the new facts of the old ones, those of ``scope``."""
        kept = [each.name for each in meta(scope.model).concrete_fields if not (each.primary_key or each.generated)]
        fields = {**{name: name for name in kept}, **self.new}
        return insertion(scope, scope.model, copied(scope, scope.model, fields))
