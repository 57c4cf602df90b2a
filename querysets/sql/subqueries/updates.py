"""The columns that updates set, and the expressions that they set them to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Aggregate, BooleanField, Case, Count, F, Func, Q, When
from django.db.models.functions import Coalesce

from querysets.conditions import Cond, all_of
from querysets.scope import Scope
from querysets.sql.fields import BOOLEAN
from querysets.sql.rollups import rollups

from .columns import amount_of, clamped, column, value_of

Values = Mapping[Any, Any]
"""Field = expression."""


class Not(Func):
    """``NOT value``: NULL for NULL."""

    template = "NOT %(expressions)s"
    output_field = BOOLEAN


def adjust(scope: Scope, clamp: tuple[Any, Any] | None, deltas: Mapping[str, Any]) -> Values:
    """The fields plus what is added to them."""
    if not deltas:
        raise TypeError(f"{scope.label} needs at least one field with what is added to it")
    values: dict[Any, Any] = {}
    for name, delta in deltas.items():
        field = column(scope, name)
        moved: Any = F(name) + amount_of(scope, field, delta)
        if hasattr(delta, "resolve_expression"):
            moved = Coalesce(moved, F(name), output_field=field)
        bound = clamped(scope, field, moved, clamp)
        guarded = clamp is not None and field.null  # GREATEST(NULL, 0) is 0
        values[field] = Case(When(Q((f"{name}__isnull", False)), then=bound)) if guarded else bound
    return values


def flip(scope: Scope, name: str) -> Values:
    """The opposite of a boolean."""
    field = column(scope, name)
    if not isinstance(field, BooleanField):
        raise TypeError(f"{scope.label}: {name} is no boolean, so it has no opposite")
    return {field: Not(F(name))}


def set_case(scope: Scope, name: str, cases: Sequence[tuple[Cond, Any]]) -> Values:
    """The value of the first case that holds; where none does, what is there already."""
    field = column(scope, name)
    if not cases:
        raise TypeError(f"{scope.label} needs at least one pair of a condition and a value")
    whens: list[When] = []
    default: Any = F(name)
    for case in cases:
        if not isinstance(case, tuple) or len(case) != 2:  # noqa: PLR2004  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{scope.label}: a case is a pair (condition, value), got {case!r}")
        condition, value = all_of(scope, case[0]), value_of(scope, field, case[1])
        if not condition:  # it restricts nothing
            default = value
            break
        whens.append(When(condition, then=value))
    return {field: Case(*whens, default=default, output_field=field) if whens else default}


def sync_from(scope: Scope, name: str, expression: Any) -> Values:
    """An expression."""
    field = column(scope, name)
    if not hasattr(expression, "resolve_expression"):
        raise TypeError(f"{scope.label} needs an expression such as F('other'), got {expression!r}")
    return {field: value_of(scope, field, expression)}


def sync_rollup(
    scope: Scope, name: str, relation: str, aggregate: Aggregate, *, where: Cond | None, default: Any
) -> Values:
    """An aggregate of related rows."""
    field = column(scope, name)
    if not isinstance(aggregate, Aggregate):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: aggregate must be one such as Count('*'), got {aggregate!r}")
    if default is None and not (field.null or isinstance(aggregate, Count)):
        raise ValueError(f"{scope.label}: {name} cannot be NULL, so default=... must say what no related rows make")
    found = rollups(scope, relation, where, None, {name: aggregate})[name]
    return {field: found if default is None else Coalesce(found, value_of(scope, field, default))}
