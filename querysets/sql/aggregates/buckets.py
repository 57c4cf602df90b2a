"""Periods as keys of groups: calendar units, lengths of time, and units that come again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final, Literal, NamedTuple, TypeAlias, get_args

from django.db.models import DateField, DateTimeField, DurationField, F, IntegerField, Value
from django.db.models.functions import Cast

from querysets.errors import UnknownField
from querysets.scope import Scope
from querysets.sql import calendar
from querysets.sql.calendar import seen_in
from querysets.sql.expressions import AtTimeZone, DateBin, DatePart, DateTrunc, Local, Months
from querysets.sql.fields import MOMENT
from querysets.sql.values import numbered, one_of
from querysets.sql.zones import name_of, zone_of

Recurring = Literal["hour_of_day", "day_of_week", "day_of_month", "month_of_year"]
Named: TypeAlias = Literal["minute"] | calendar.Unit | Recurring
Unit: TypeAlias = Named | timedelta


class Cycle(NamedTuple):
    """A part of the local clock or calendar that comes again, and the numbers that it takes."""

    part: str
    first: int
    last: int


CYCLES: Final[dict[Any, Cycle]] = {
    "hour_of_day": Cycle("HOUR", 0, 23),
    "day_of_week": Cycle("ISODOW", 1, 7),
    "day_of_month": Cycle("DAY", 1, 31),
    "month_of_year": Cycle("MONTH", 1, 12),
}
NAMES: Final[tuple[Named, ...]] = ("minute", *calendar.UNITS, *get_args(Recurring))
UNITS: Final = NAMES[: -len(CYCLES)]
"""Those that follow each other, from the shortest to the longest."""

EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Where lengths of time are counted from, in both directions."""

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_FISCAL: Final = ("quarter", "year")
_SUB_DAY: Final = ("minute", "hour", "hour_of_day")
_TICK: Final = timedelta(microseconds=1)


def _span(length: timedelta) -> Value:
    return Value(length, output_field=DurationField())


@dataclass(frozen=True, slots=True)
class Bucket:
    """How moments, or dates, become periods."""

    unit: Unit
    zone: tzinfo
    week_start: int
    start_month: int
    is_date: bool

    @property
    def cycle(self) -> Cycle | None:
        """What comes again; None for periods that follow each other."""
        return None if isinstance(self.unit, timedelta) else CYCLES.get(self.unit)

    @property
    def output(self) -> Any:
        """The field of a period."""
        made: type[Any] = IntegerField if self.cycle else DateField if self.is_date else DateTimeField
        return made()

    @property
    def by_clock(self) -> bool:
        """Whether a period has one length, so that the next is found by the absolute clock, not by the calendar."""
        return not self.is_date and (isinstance(self.unit, timedelta) or self.unit in _SUB_DAY)

    def local(self, moment: Any) -> Any:
        """What clock and calendar show."""
        return Local(moment) if self.is_date else AtTimeZone(moment, self._zone, output_field=MOMENT)

    def absolute(self, local: Any) -> Any:
        """The reverse of ``local``."""
        return Cast(local, DateField()) if self.is_date else AtTimeZone(local, self._zone, output_field=MOMENT)

    def of(self, moment: Any) -> Any:
        """The period of ``moment``: its first moment or day, or its number.

        ``date_trunc`` with a zone keeps both 01:00 hours of the night when clocks go back apart; the local time would
        merge them. What does not begin where a unit of PostgreSQL does is cut in local time, where days have one
        length.
        """
        if self.cycle:
            return Cast(DatePart(self.local(moment), part=self.cycle.part), IntegerField())
        if isinstance(self.unit, timedelta):
            if self.is_date:
                return self.absolute(DateBin(_span(self.unit), Local(moment), Local(Value(EPOCH.date()))))
            return DateBin(_span(self.unit), moment, Value(EPOCH), output_field=MOMENT)
        shift = self._shift
        if shift is None and not self.is_date:
            return DateTrunc(Value(self.unit), moment, self._zone, output_field=MOMENT)
        local = self.local(moment)
        if shift is None:
            return self.absolute(DateTrunc(Value(self.unit), local, output_field=MOMENT))
        return self.absolute(DateTrunc(Value(self.unit), local - shift, output_field=MOMENT) + shift)

    def at(self, moment: datetime) -> Any:
        """The period of a moment; of a date, that of its day in the zone."""
        point = seen_in(self.zone, moment).date() if self.is_date else moment
        return self.of(Value(point, output_field=DateField() if self.is_date else DateTimeField()))

    def before(self, period: Any) -> Any:
        """The period that ends where ``period`` begins."""
        return self.of(period - _span(_DAY if self.is_date else _TICK))

    @property
    def step(self) -> Any:
        """How long a period is, by the clock or by the calendar."""
        if isinstance(self.unit, timedelta):
            return _span(self.unit)
        months = {"month": 1, "quarter": 3, "year": 12}.get(self.unit)
        if months is not None:
            return Months(months)
        return _span(timedelta(**{f"{self.unit}s": 1}))

    @property
    def _zone(self) -> Value:
        return Value(name_of(self.zone))

    @property
    def _shift(self) -> Any:
        """How much later periods begin than where PostgreSQL has them begin."""
        if self.unit == "week" and self.week_start > 1:
            return _span(timedelta(days=self.week_start - 1))
        return Months(self.start_month - 1) if self.start_month > 1 else None


def bucket_of(
    scope: Scope, unit: Unit, name: str, *, tz: str | None = None, week_start: int = 1, start_month: int = 1
) -> Bucket:
    """How the values of ``name`` become periods, once the arguments are sure to fit each other."""
    if isinstance(unit, timedelta):
        if unit <= timedelta():
            raise ValueError(f"{scope.label}: unit must be longer than 0, got {unit!r}")
    else:
        one_of(scope, "unit", unit, NAMES)
    one_of(scope, "week_start", week_start, tuple(range(1, _WEEK + 1)))
    if numbered(scope, "start_month", start_month, 1, 12) > 1 and unit not in _FISCAL:
        raise ValueError(f"{scope.label}: start_month goes with 'quarter' or 'year', got {unit!r}")
    field = scope.field(name)
    if not isinstance(field, DateField):
        raise UnknownField(f"{scope.label}: {name!r} is no date or datetime")
    is_date = not isinstance(field, DateTimeField)
    if is_date and (unit % _DAY if isinstance(unit, timedelta) else unit in _SUB_DAY):
        raise UnknownField(f"{scope.label}: {name!r} is a date, which has no hours; name a datetime")
    return Bucket(unit, zone_of(scope, tz), week_start, start_month, is_date)


def truncated(
    scope: Scope, unit: Unit, name: str, *, tz: str | None = None, week_start: int = 1, start_month: int = 1
) -> Any:
    """The period that ``name`` falls into."""
    return bucket_of(scope, unit, name, tz=tz, week_start=week_start, start_month=start_month).of(F(name))
