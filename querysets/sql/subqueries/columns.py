"""The columns that a write may set, and the values that it may set them to."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any, Final, cast

from django.core.exceptions import ValidationError
from django.db.models import (
    DateField,
    DecimalField,
    DurationField,
    FloatField,
    ForeignKey,
    IntegerField,
    Model,
    TimeField,
    Value,
)
from django.db.models.fields import NOT_PROVIDED
from django.db.models.functions import Greatest, Least

from querysets._types import meta
from querysets.errors import WrongShape
from querysets.scope import Scope

_AMOUNTS: Final[tuple[tuple[type[Any], tuple[type[Any], ...]], ...]] = (
    (DecimalField, (int, Decimal)),
    (FloatField, (int, float)),
    (IntegerField, (int,)),
    (DurationField, (timedelta,)),
    (DateField, (timedelta,)),
    (TimeField, (timedelta,)),
)


def column(scope: Scope, name: str) -> Any:
    """The field ``name`` of the model itself, if it can be written."""
    options = meta(scope.model)
    if name not in {known for field in options.concrete_fields for known in (field.name, field.attname)}:
        scope.path(name)
        raise ValueError(f"{scope.label}: {name!r} is no column of {options.label}, and only those can be written")
    field = options.get_field(name)
    if field.primary_key:
        raise ValueError(f"{scope.label}: {name!r} is the primary key, which stays what it is")
    if field.generated:
        raise ValueError(f"{scope.label}: {name!r} is generated, so it cannot be written")
    if field not in options.concrete_model._meta.local_concrete_fields:
        raise WrongShape(f"{scope.label}: {name!r} is a column of {meta(field.model).label}; write it there")
    return field


def value_of(scope: Scope, field: Any, value: Any) -> Any:
    """``value`` as an expression for ``field``, once it is sure that the column can hold it."""
    if hasattr(value, "resolve_expression"):
        return scope.expression(value)
    if value is None:
        if not field.null:
            raise ValueError(f"{scope.label}: {field.name} cannot be NULL")
        return Value(None)
    plain = _key(scope, field, value) if isinstance(value, Model) else value
    target = field.target_field if isinstance(field, ForeignKey) else field
    if isinstance(target, DecimalField) and isinstance(plain, float):
        raise TypeError(f"{scope.label}: {field.name} holds Decimals, and {plain!r} is a float; pass a Decimal")
    if isinstance(target, IntegerField) and isinstance(plain, float | Decimal) and plain != int(plain):
        raise TypeError(f"{scope.label}: {field.name} holds whole numbers, got {plain!r}")
    if isinstance(plain, date):
        plain = scope.value(field.name, plain)
    try:
        cast("Any", target).get_prep_value(plain)
    except (TypeError, ValueError, ValidationError) as error:
        raise ValueError(f"{scope.label}: {field.name} cannot be {plain!r}: {error}") from None
    return Value(plain, output_field=cast("Any", target))


def by_database(field: Any) -> bool:
    """Whether the database fills the column in where Django leaves it out."""
    return getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED or (
        field.primary_key and not field.has_default()
    )


def default_of(scope: Scope, field: Any, blank: Any) -> Any:
    """What Django fills in for a field that is not given, ``blank`` being a new instance."""
    value = field.pre_save(blank, add=True)
    required = not (field.has_default() or field.null or field.blank or getattr(field, "auto_now", False))
    if (value is None and not field.null) or (required and not getattr(field, "auto_now_add", False)):
        raise ValueError(f"{scope.label}: {meta(field.model).label}.{field.name} has no default; say what it is")
    return value


def _key(scope: Scope, field: Any, value: Any) -> Any:
    related = getattr(field, "related_model", None)
    if related is None or not isinstance(value, meta(related).concrete_model):
        raise ValueError(f"{scope.label}: {field.name} cannot be {value!r}")
    key = getattr(value, field.target_field.attname)
    if key is None:
        raise ValueError(f"{scope.label}: {field.name} cannot be {value!r}, which is not saved")
    return key


def amount_of(scope: Scope, field: Any, amount: Any) -> Any:
    """``amount`` as an expression that can be added to ``field``."""
    allowed = next((kinds for kind, kinds in _AMOUNTS if issubclass(type(field), kind)), None)
    if allowed is None:
        raise TypeError(f"{scope.label}: {field.name} is no number, moment or duration, so nothing can be added to it")
    if hasattr(amount, "resolve_expression"):
        return scope.expression(amount)
    if isinstance(amount, bool) or not isinstance(amount, allowed):
        names = " or ".join(kind.__name__ for kind in allowed)
        raise TypeError(f"{scope.label}: what is added to {field.name} must be {names}, got {amount!r}")
    if not isinstance(amount, timedelta) and not isfinite(amount):
        raise ValueError(f"{scope.label}: what is added to {field.name} must be finite, got {amount!r}")
    if isinstance(amount, timedelta):
        return Value(amount, output_field=cast("Any", DurationField()))
    return Value(amount, output_field=field)


def clamped(scope: Scope, field: Any, value: Any, clamp: tuple[Any, Any] | None) -> Any:
    """``value`` moved into ``(low, high)``, None for an open end."""
    if clamp is None:
        return value
    try:
        low, high = clamp
    except (TypeError, ValueError):
        raise ValueError(f"{scope.label}: clamp must be (low, high), None for an open end, got {clamp!r}") from None
    bounds = [None if bound is None else value_of(scope, field, bound) for bound in (low, high)]
    if all(isinstance(bound, Value) for bound in bounds) and low > high:
        raise ValueError(f"{scope.label}: clamp goes from {low!r} to {high!r}, which is less")
    if bounds[0] is not None:
        value = Greatest(value, bounds[0])
    return value if bounds[1] is None else Least(value, bounds[1])
