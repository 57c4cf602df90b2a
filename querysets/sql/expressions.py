"""Expressions of PostgreSQL that Django has no word for."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db.models import (
    BooleanField,
    DurationField,
    ExpressionWrapper,
    FloatField,
    Func,
    Q,
)
from django.db.models.functions import Cast, NullIf

from .fields import BOOLEAN, INTEGER, MOMENT, WHOLE


class IsNotTrue(Func):
    """``(condition) IS NOT TRUE``: the rows that a condition does not hold for, unknown ones included."""

    template = "(%(expressions)s) IS NOT TRUE"
    output_field = BOOLEAN

    def __init__(self, condition: Q) -> None:
        self.condition = condition
        super().__init__(ExpressionWrapper(condition, BooleanField()))

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        try:
            return super().as_sql(compiler, connection, *args, **context)
        except EmptyResultSet:
            raise FullResultSet from None
        except FullResultSet:
            raise EmptyResultSet from None


class IsDistinctFrom(Func):
    """``a IS DISTINCT FROM b``: whether two values differ, NULL being a value as any other."""

    template = "(%(expressions)s)"
    arg_joiner = " IS DISTINCT FROM "
    output_field = BOOLEAN
    arity = 2


class Never(Func):
    """False, as Django knows it: what hangs on it is answered without the database.

    It names no column, as an empty ``pk__in`` does, which beside a measure, in HAVING, would group by the primary key.
    """

    template = "FALSE"
    output_field = BOOLEAN

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        raise EmptyResultSet


class Operator(Func):
    """Two operands, or more from left to right, with an operator between them."""

    template = "(%(expressions)s)"

    def __init__(self, left: Any, operator: str, *others: Any, output_field: Any = None) -> None:
        super().__init__(left, *others, arg_joiner=f" {operator} ", output_field=output_field or BooleanField())


class SplitPart(Func):
    """``split_part(text, separator, n)``: the n-th part of a text, from the end if n is negative."""

    function = "SPLIT_PART"


class ArrayPosition(Func):
    """``array_position(array, value)``: where a value stands in an array, from 1; NULL if it does not."""

    function = "ARRAY_POSITION"


class ArrayElement(Func):
    """``(array)[n]``: the n-th element, from 1; NULL if there is none.

    Inside GREATEST, which changes nothing: PostgreSQL 18.1 dies of an array at the top of an expression whose ``n`` is
    a correlated subquery, because what that is correlated with is put where the array was.
    """

    template = "GREATEST((%(expressions)s])"
    arg_joiner = ")["
    arity = 2


class WidthBucket(Func):
    """``width_bucket(value, edges)``: how many of the rising ``edges`` are at or below the value."""

    function = "WIDTH_BUCKET"


class ConcatWs(Func):
    """``concat_ws(separator, texts...)``: the texts that are not NULL, with the separator between them."""

    function = "CONCAT_WS"


class HexBits(Func):
    """The first 32 bits of a hexadecimal text, as a number in 0..2**32-1."""

    template = "('x' || SUBSTR(%(expressions)s, 1, 8))::bit(32)::bigint"
    output_field = WHOLE


class DateTrunc(Func):
    """``date_trunc(unit, moment, zone)``: the start of the unit in a zone, right over both DST nights."""

    function = "DATE_TRUNC"


class DateBin(Func):
    """``date_bin(length, moment, origin)``: the start of the stretch of time, counted from the origin."""

    function = "DATE_BIN"


class DatePart(Func):
    """``EXTRACT(part FROM moment)``; the part is a word of ours."""

    template = "EXTRACT(%(part)s FROM %(expressions)s)"
    output_field = INTEGER


class Months(Func):
    """So many months, as an interval: no ``timedelta`` is one."""

    template = "MAKE_INTERVAL(months => %(expressions)s)"
    output_field = cast("Any", DurationField())


class Local(Func):
    """A date as the midnight that it begins with, in no zone."""

    template = "(%(expressions)s)::timestamp"
    output_field = MOMENT


class AtTimeZone(Func):
    """``moment AT TIME ZONE zone``: from absolute to local time, or back."""

    template = "(%(expressions)s)"
    arg_joiner = " AT TIME ZONE "
    arity = 2


def ratio(numerator: Any, denominator: Any) -> Any:
    """``numerator / denominator`` in floating point; NULL where the denominator is zero."""
    return Cast(numerator, FloatField()) / NullIf(Cast(denominator, FloatField()), 0.0)
