"""Calendar units as keys of groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast

from django.db.models import DateField, DateTimeField, DurationField, F, Value
from django.db.models.functions import Cast

from querysets.errors import UnknownField
from querysets.scope import Scope

from . import calendar
from .expressions import AtTimeZone, DateTrunc
from .values import one_of
from .zones import zone_name

Unit: TypeAlias = Literal["minute"] | calendar.Unit
UNITS: Final[tuple[Unit, ...]] = ("minute", *calendar.UNITS)

_MOMENT = cast("Any", DateTimeField())


def truncated(scope: Scope, unit: Unit, name: str, *, tz: str | None = None, week_start: int = 1) -> Any:
    """The first moment of the ``unit`` that ``name`` falls into, in the zone ``tz``.

    ``date_trunc`` with a zone keeps both 01:00 hours of the night when clocks go back apart; the local time would merge
    them. Weeks from another day than Monday are cut in local time, where days have one length.
    """
    one_of(scope, "unit", unit, UNITS)
    one_of(scope, "week_start", week_start, tuple(range(1, 8)))
    field = scope.field(name)
    shift = Value(timedelta(days=week_start - 1 if unit == "week" else 0), output_field=DurationField())
    if isinstance(field, DateTimeField):
        zone = Value(zone_name(scope, tz))
        if unit != "week" or week_start == 1:
            return DateTrunc(Value(unit), F(name), zone, output_field=_MOMENT)
        local = AtTimeZone(F(name), zone, output_field=_MOMENT)
        return AtTimeZone(_cut(unit, local, shift), zone, output_field=_MOMENT)
    if isinstance(field, DateField):
        return Cast(_cut(unit, Cast(F(name), _MOMENT), shift), DateField())
    raise UnknownField(f"{scope.label}: {name!r} is no date or datetime")


def _cut(unit: Unit, moment: Any, shift: Value) -> Any:
    return DateTrunc(Value(unit), moment - shift, output_field=_MOMENT) + shift
