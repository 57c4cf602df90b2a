"""The operands of an expression: fields by name, expressions, plain values, and their common type."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from math import isnan
from typing import Any, Final, Literal, TypeAlias, cast

from django.core.exceptions import FieldError
from django.db.models import (
    CharField,
    DateField,
    DecimalField,
    DurationField,
    F,
    FloatField,
    IntegerField,
    Q,
    TextField,
    Value,
    Window,
)
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import BaseExpression

from querysets.conditions import Condition
from querysets.errors import UnknownField, WrongShape
from querysets.kinds import group_keys
from querysets.scope import Scope

from .fields import DECIMAL, FLOAT, TEXT, WHOLE
from .measures import measured

NUMBERS: Final = (IntegerField, FloatField, DecimalField)
Kinds: TypeAlias = Literal["a number", "a number or a duration", "a number, a duration or a moment"]
_MEASURABLE: Final[Mapping[Kinds, tuple[type[Any], ...]]] = {
    "a number": NUMBERS,
    "a number or a duration": (*NUMBERS, DurationField),
    "a number, a duration or a moment": (*NUMBERS, DurationField, DateField),
}

_FAMILIES: Final[dict[str, tuple[Any, Any]]] = {
    "whole number": (IntegerField, WHOLE),
    "float": (FloatField, FLOAT),
    "Decimal": (DecimalField, DECIMAL),
    "text": ((CharField, TextField), TEXT),
}
_NUMBERS: Final = {"whole number", "float", "Decimal"}


def operand(scope: Scope, given: Any) -> Any:
    """A field, annotation, key or measure by its name; an expression; or a plain value."""
    return F(scope.path(given)) if isinstance(given, str) else value(scope, given)


def value(scope: Scope, given: Any) -> Any:
    """An expression or a plain value; a text is no name here, but itself."""
    if hasattr(given, "resolve_expression"):
        return scope.expression(given)
    plain = given.value if isinstance(given, Enum) else given
    if isinstance(plain, float) and isnan(plain):
        raise ValueError(f"{scope.label}: NaN is above every number to PostgreSQL; give another value")
    return Value(plain)


def number(scope: Scope, given: Any) -> Any:
    """An operand that is a number, as far as its type is known."""
    found = operand(scope, given)
    kind = kind_of(scope, found)
    if kind is not None and _family(kind) not in _NUMBERS:
        raise TypeError(f"{scope.label}: {given!r} must be a number, it is {_family(kind)}")
    return found


def measurable(scope: Scope, name: str, kinds: Kinds = "a number") -> str:
    """``name`` itself, unless its values are known to be of no kind that can be added up, divided or subtracted."""
    field = scope.field(scope.path(name))
    if field is not None and not isinstance(field, _MEASURABLE[kinds]):
        raise TypeError(f"{scope.label}: {name!r} must be {kinds}, it is {type(field).__name__}")
    return name


def kind_of(scope: Scope, expression: Any) -> Any:
    """The field that tells the type of an operand; None where nothing does, as for NULL."""
    query: Any = scope.query
    try:
        resolved = expression.resolve_expression(query.clone(), True)  # noqa: FBT003 (joins are allowed)
    except FieldError as error:
        raise UnknownField(f"{scope.label}: {error}") from None
    try:
        kind = getattr(resolved, "_output_field_or_none", None)  # an OuterRef has none before it meets its query
    except FieldError as error:
        raise TypeError(f"{scope.label}: {error}") from None
    return getattr(kind, "target_field", kind) if getattr(kind, "is_relation", False) else kind


def common(scope: Scope, *expressions: Any) -> Any:
    """The type that the values of all operands fit in; None where none of them tells its own."""
    kinds = [kind for each in expressions if (kind := kind_of(scope, each)) is not None]
    families = {_family(kind) for kind in kinds}
    if len(families) <= 1:
        return next((_FAMILIES[name][1] if name in _FAMILIES else kinds[0] for name in families), None)
    if families in ({"whole number", "float"}, {"whole number", "Decimal"}):
        return FLOAT if "float" in families else DECIMAL
    advice = "give both as Decimal" if families <= _NUMBERS else "bring them to one type by Cast()"
    raise TypeError(f"{scope.label}: {' and '.join(sorted(families))} do not mix; {advice}")


def _family(kind: Any) -> str:
    return next((name for name, (types, _) in _FAMILIES.items() if isinstance(kind, types)), type(kind).__name__)


def computed(scope: Scope, rows: Scope, name: str, given: Any) -> Any:
    """An expression of the user's own, once it is sure to have one value a row, or a group, and a type."""
    if not hasattr(given, "resolve_expression"):
        raise TypeError(f'{scope.label}: {name} must be an expression such as F("likes") + 1, got {given!r}')
    if isinstance(given, Condition | Q):
        raise TypeError(f"{scope.label}: {name} is a condition; with_flag({name!r}, ...) tells whether it holds")
    found = scope.expression(given)
    if _aggregates(given):
        if group_keys(cast("Any", scope.query)) is None:
            raise WrongShape(
                f"{scope.label}: {name} is an aggregate, a measure of groups; on rows use with_rollup() or with_peers()"
            )
        found = measured(rows, given)
    kind_of(scope, found)
    return found


def _aggregates(expression: Any) -> bool:
    """Whether an aggregate is computed; one over a window's rows, or in a subquery, leaves the rows alone."""
    if isinstance(expression, Window) or not isinstance(expression, BaseExpression):
        return False
    return isinstance(expression, Aggregate) or any(map(_aggregates, expression.get_source_expressions()))
