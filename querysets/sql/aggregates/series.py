"""The series that has every period: groups as a derived table, joined to generated periods."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db.models import Model, Sum, Value

from querysets._types import SqlQuery
from querysets.errors import WrongShape
from querysets.kinds import group_keys, patterns_of
from querysets.scope import Scope
from querysets.sql.calendar import begins, seen_in
from querysets.sql.derived import DerivedCol, DerivedTable
from querysets.sql.fields import MOMENT
from querysets.sql.filters.times import is_empty
from querysets.sql.settled import outputs, reading
from querysets.sql.tables import Sql, Table, Writer, joined, sql
from querysets.sql.zones import instant

from .buckets import Bucket


@dataclass(frozen=True, slots=True)
class Plan:
    """Which rows a series has, and what stands in them where there is no group.

    ``low`` and ``high`` are the first and the last period, None for those that occur; ``listed`` are the values of the
    other keys, None for those that occur.
    """

    times: dict[str, Bucket]
    low: Any
    high: Any
    others: tuple[str, ...]
    listed: tuple[tuple[Value, ...], ...] | None
    absent: dict[str, Value]


class Series(Table):
    """Every period beside every combination of the other keys, with the measures of the group, if there is one.

    Combinations are joined by their number: NULL equals nothing, and what is compared by IS NOT DISTINCT FROM cannot be
    hashed.
    """

    plan: Plan

    def written(self, rows: Sql, write: Writer) -> Sql:
        plan = self.plan
        place = {name: f"t{number}" for number, name in enumerate(plan.times)} | dict.fromkeys(plan.others, "others")
        columns = {name: write.column(place.get(name, "groups"), name) for name in self.columns}
        for name, value in plan.absent.items():
            columns[name] = sql("COALESCE({value}, {absent})", value=columns[name], absent=write.of(value))
        spine = [
            sql("({periods}) {t}", periods=self._periods(name, bucket, write), t=write.names(place[name]))
            for name, bucket in plan.times.items()
        ]
        matches = [
            sql("{one} = {other}", one=write.column("groups", name), other=write.column(place[name], name))
            for name in plan.times
        ]
        if plan.others:
            spine.append(Sql('"others"'))
            matches.append(Sql('"groups"."#" = "others"."#"'))
        return sql(
            'WITH {groups} SELECT {columns} FROM {spine} LEFT JOIN "groups" ON {matches}',
            groups=self._groups(rows, write),
            columns=joined(", ", columns.values()),
            spine=joined(" CROSS JOIN ", spine),
            matches=joined(" AND ", matches),
        )

    def _groups(self, rows: Sql, write: Writer) -> Sql:
        """The groups, and the combinations of their other keys, if they have any."""
        others, listed = self.plan.others, self.plan.listed
        parts = {"all": write.names(*self.columns), "rows": rows, "others": write.names(*others)}
        if not others:
            return sql('"groups" ({all}) AS ({rows})', **parts)
        if listed is None:
            return sql(
                '"found" ({all}) AS ({rows}), '
                '"groups" AS (SELECT *, DENSE_RANK() OVER (ORDER BY {others}) AS "#" FROM "found"), '
                '"others" AS (SELECT DISTINCT "#", {others} FROM "groups")',
                **parts,
            )
        # the first branch of the union, which is empty, gives the types
        values = (sql("SELECT {row}", row=joined(", ", map(write.of, row))) for row in listed)
        same = (
            sql("{a} IS NOT DISTINCT FROM {b}", a=write.column("found", name), b=write.column("others", name))
            for name in others
        )
        return sql(
            '"found" ({all}) AS ({rows}), "others" AS (SELECT ROW_NUMBER() OVER () AS "#", "listed".* '
            'FROM (SELECT {others} FROM "found" WHERE FALSE UNION ALL {values}) "listed"), '
            '"groups" AS (SELECT "found".*, "others"."#" FROM "found" JOIN "others" ON {same})',
            **parts,
            values=joined(" UNION ALL ", values),
            same=joined(" AND ", same),
        )

    def _periods(self, name: str, bucket: Bucket, write: Writer) -> Sql:
        """Every period from the first to the last.

        Steps are taken by the clock or, in local time, by the calendar, and cut: a step may land within a period after
        clocks have changed, and in none of its own where they skip a day.
        """
        period = write.names(name)
        if bucket.cycle:
            return Sql(f"SELECT generate_series({bucket.cycle.first}, {bucket.cycle.last}) AS {period.text}")
        low, high = (DerivedCol("bounds", each, bucket.output) for each in ("low", "high"))
        moment = DerivedCol("steps", "moment", MOMENT)
        first, last = (low, high) if bucket.by_clock else (bucket.local(low), bucket.local(high))
        found = '(SELECT {}({}) FROM "groups")'
        return sql(
            'SELECT DISTINCT "cut".{period} FROM (SELECT {low} AS "low", {high} AS "high") "bounds" '
            'CROSS JOIN LATERAL generate_series({first}, {last} + {step}, {step}) AS "steps" ("moment") '
            'CROSS JOIN LATERAL (SELECT {cut} AS {period}) "cut" WHERE "cut".{period} <= "bounds"."high"',
            period=period,
            low=Sql(found.format("MIN", period.text)) if self.plan.low is None else write.of(self.plan.low),
            high=Sql(found.format("MAX", period.text)) if self.plan.high is None else write.of(self.plan.high),
            first=write.of(first),
            last=write.of(last),
            step=write.of(bucket.step),
            cut=write.of(bucket.of(moment if bucket.by_clock else bucket.absolute(moment))),
        )


def filled(
    scope: Scope, query: SqlQuery, bounds: tuple[Any, Any], values: Collection[Any] | None, default: Any
) -> SqlQuery:
    """A query of the series of the groups of ``query``, in no order yet."""
    keys, columns = group_keys(query), outputs(query)
    if keys is None or not set(keys) <= set(columns):
        raise WrongShape(f"{scope.label} fills groups; call bucketed(), count_per() or per() before it")
    buckets: dict[str, Bucket] = patterns_of(query).get("times", {})
    times = {name: bucket for name, bucket in buckets.items() if name in keys}
    others = tuple(name for name in keys if name not in times)
    running = [name for name, bucket in times.items() if not bucket.cycle]
    if len(running) > 1:
        raise WrongShape(f"{scope.label} fills one series of moments, and {' and '.join(map(repr, running))} are two")
    if not times and values is None:
        raise WrongShape(f"{scope.label} fills periods; call bucketed() before it, or pass values=[...] of the keys")
    if not running and bounds != (None, None):
        raise ValueError(f"{scope.label}: start and end are those of a series of moments, and there is none")
    low, high = (
        _point(scope, times[running[0]], moment, what) if running else None
        for what, moment in zip(("start", "end"), bounds, strict=True)
    )
    listed = None if values is None else _listed(scope, [columns[name] for name in others], values)
    measures = {
        name: _absent(scope, query, name, output, default) for name, output in columns.items() if name not in keys
    }
    bucket = times[running[0]] if running else None
    plan = Plan(
        times,
        None if low is None or bucket is None else bucket.of(Value(low, output_field=bucket.output)),
        None if high is None or bucket is None else bucket.before(Value(high, output_field=bucket.output)),
        others,
        listed,
        {name: value for name, value in measures.items() if value is not None},
    )
    series = reading(query, columns, Series, plan, series=True)
    if is_empty(low, high) or (listed is not None and not listed):
        series.set_empty()
    return series


def _point(scope: Scope, bucket: Bucket, moment: Any, what: str) -> Any:
    """A bound as periods are compared with it; a date is the midnight that it begins with."""
    if moment is None:
        return None
    if isinstance(moment, datetime):
        absolute = instant(scope, moment, what)
        return seen_in(bucket.zone, absolute).date() if bucket.is_date else absolute
    if not isinstance(moment, date):
        raise TypeError(f"{scope.label}: {what} must be a date or an aware datetime, got {moment!r}")
    return moment if bucket.is_date else begins(moment, bucket.zone)


def _listed(scope: Scope, fields: list[Any], values: Collection[Any]) -> tuple[tuple[Value, ...], ...]:
    """Values of the other keys, each combination once."""
    if isinstance(values, str) or not isinstance(values, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: values must be a list, got {values!r}")
    if not fields:
        raise ValueError(f"{scope.label}: values are those of keys beside the time, and there are none")
    rows: list[tuple[Any, ...]] = []
    for each in values:
        several = len(fields) > 1 and isinstance(each, (tuple, list))
        row = tuple(cast("Sequence[Any]", each)) if several else (cast("Any", each),)
        if len(row) != len(fields):
            raise ValueError(f"{scope.label}: values must be tuples of {len(fields)}, one for each key, got {each!r}")
        row = tuple(value.pk if isinstance(value, Model) else value for value in row)
        if row not in rows:
            rows.append(row)
    return tuple(
        tuple(_value(scope, "values", value, field) for value, field in zip(row, fields, strict=True)) for row in rows
    )


def _value(scope: Scope, what: str, value: Any, field: Any) -> Value:
    """``value`` as one of ``field``, once it is sure to be one."""
    try:
        field.get_prep_value(value)
    except (TypeError, ValueError, ValidationError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{scope.label}: {what} must fit {field.__class__.__name__}, got {value!r}") from None
    return Value(value, output_field=field)


def _absent(scope: Scope, query: SqlQuery, name: str, output: Any, default: Any) -> Value | None:
    """What a measure is of no rows: 0 of counts and sums, ``default`` of all others."""
    measure = query.annotations[name]
    while isinstance(measure, DerivedCol):  # groups that were fixed: the measure is within
        table = query.alias_map[measure.alias]
        if not isinstance(table, DerivedTable) or isinstance(table, Table):
            break
        query = table.query
        measure = query.annotations[measure.name]
    empty = getattr(measure, "empty_result_set_value", None)
    if isinstance(measure, Sum) or (isinstance(empty, int) and not isinstance(empty, bool)):
        zero = timedelta() if output.get_internal_type() == "DurationField" else empty or 0
        return Value(zero, output_field=output)
    return None if default is None else _value(scope, "default", default, output)
