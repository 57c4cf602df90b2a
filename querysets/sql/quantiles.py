"""Quantiles beside rows. PostgreSQL takes no OVER on ``percentile_cont``, so they are read from the sorted values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, F, FloatField, Func, IntegerField, Value, When, Window
from django.db.models.functions import Cast, Ceil, Floor, RowNumber
from django.db.models.lookups import GreaterThanOrEqual

from .frames import whole
from .windows import CountOver

_FLOAT = cast("Any", FloatField())


class _Gathered(Func):
    function = "ARRAY_AGG"
    window_compatible = True
    output_field = cast("Any", ArrayField(_FLOAT))


class _Element(Func):
    """``(array)[place]``, counted from 1; NULL where there is none."""

    template = "((%(expressions)s])"
    arg_joiner = ")["
    output_field = _FLOAT

    def __init__(self, array: Any, place: Any) -> None:
        super().__init__(array, Cast(place, IntegerField()))


class Sorted:
    """The floats of the rows that share ``per``, sorted: gathered once a partition, and none of them NULL."""

    def __init__(self, value: Any, per: Sequence[str]) -> None:
        self._value, self._per = value, per
        self.count = self._over(CountOver(self._value))

    def _over(self, function: Any) -> Window:
        """One definition for all, so that the values are gathered where they are read, and carried nowhere."""
        partition = [F(name) for name in self._per]
        return Window(function, partition or None, [self._value.asc(), F("pk").asc()], whole())

    def _at(self, place: Any) -> Any:
        return _Element(self._over(_Gathered(self._value)), place)

    def _other(self, place: Any) -> Any:
        """As ``_at``, among the values of the other rows."""
        behind = GreaterThanOrEqual(place, self._over(RowNumber()))
        return self._at(place + Case(When(behind, then=1.0), default=0.0))

    def quantile(self, fraction: float, *, others: bool = False) -> Any:
        """What ``percentile_cont(fraction)`` gives: between two values as far as the fraction says."""
        value_at, last = (self._other, 2.0) if others else (self._at, 1.0)
        place = (Cast(self.count, _FLOAT) - last) * fraction
        low, high = value_at(Floor(place) + 1.0), value_at(Ceil(place) + 1.0)
        return low + (high - low) * (place - Floor(place))

    def other_extreme(self, *, greatest: bool) -> Any:
        """The greatest or least value of the other rows."""
        return self._other(Cast(self.count, _FLOAT) - 1.0 if greatest else Value(1.0))
