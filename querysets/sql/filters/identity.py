"""Bodies of the conditions on a row's identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import AutoField, BigIntegerField, CharField, F, IntegerField, Q, TextField, Value
from django.db.models.functions import MD5, Cast, Concat, Mod
from django.db.models.lookups import Exact, LessThan

from querysets._types import meta
from querysets.scope import Scope
from querysets.sql.comparisons import by
from querysets.sql.expressions import ArrayPosition, HexBits
from querysets.sql.ordering import orderable
from querysets.sql.values import counted, literal, one_of


def position(scope: Scope, values: Sequence[Any], field: str, others: Literal["drop", "last"]) -> Any:
    """Where the value of a row stands in ``values``."""
    one_of(scope, "others", others, ("drop", "last"))
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise TypeError(f"{scope.label}: values must be a list or tuple, got {values!r}")
    name = orderable(scope, scope.path(field))
    base = scope.field(name)
    element = plain(base)
    listed = [element.get_prep_value(value) for value in values if value is not None]
    return ArrayPosition(Value(listed, output_field=ArrayField(element)), F(name), output_field=IntegerField())


def in_order_of(scope: Scope, values: Sequence[Any], field: str) -> Q:
    return by(scope, **{field: [value for value in values if value is not None]})


def sampled(scope: Scope, fraction: float, salt: str) -> Q:
    if not 0 <= fraction <= 1:
        raise ValueError(f"{scope.label}: fraction must lie in 0..1, got {fraction!r}")
    share = HexBits(_hash(scope, literal(scope, "salt", salt)))
    return Q(LessThan(share, Value(int(fraction * 2**32), output_field=BigIntegerField())))


def sharded(scope: Scope, index: int, of: int) -> Q:
    counted(scope, "of", of, least=1)
    counted(scope, "index", index)
    if index >= of:
        raise ValueError(f"{scope.label}: index must be in 0..{of - 1}, got {index}")
    pk = meta(scope.model).pk
    number: Any = F(scope.path("pk")) if isinstance(pk, IntegerField | AutoField) else HexBits(_hash(scope, ""))
    remainder = Mod(Mod(number, Value(of)) + Value(of), Value(of), output_field=BigIntegerField())  # pks below 0, too
    return Q(Exact(remainder, Value(index, output_field=BigIntegerField())))


def arm(scope: Scope, experiment: str, arms: int) -> Any:
    """A number in ``0..arms - 1`` that hangs on the experiment and the row, as even as a hash."""
    counted(scope, "arms", arms, least=1)
    salt = f"{literal(scope, 'experiment', experiment)}:"
    return Mod(HexBits(_hash(scope, salt)), Value(arms), output_field=BigIntegerField())


def _hash(scope: Scope, salt: str) -> Any:
    return MD5(Concat(Value(salt), Cast(scope.path("pk"), TextField()), output_field=CharField()))


def plain(field: Any) -> Any:
    """The field's type without its column's identity: an array of a serial is an array of integers."""
    return cast("Any", BigIntegerField()) if isinstance(field, IntegerField | AutoField) else field
