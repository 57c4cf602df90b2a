"""Cohorts: who began in one period, and how many of them were active how many periods later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast

from django.db.models import DateField, Min, Value
from django.db.models.constants import LOOKUP_SEP

from querysets._types import SqlQuery
from querysets.scope import Scope, path_of
from querysets.sql.derived import DerivedCol
from querysets.sql.fields import FLOAT, INTEGER
from querysets.sql.settled import reading
from querysets.sql.tables import Sql, Table, Writer, sql

from .buckets import Bucket

UNITS: Final = ("day", "week", "month", "quarter", "year")

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Plan:
    """Who begins when, how their activity is cut, and the last cells: that of now, and that of a number."""

    members: SqlQuery
    start: Bucket
    activity: Bucket
    now: Any
    periods: int | None


class Cohorts(Table):
    """One row a cohort and offset, cells in which nobody was active included, unless nobody ever was."""

    plan: Plan

    def written(self, rows: Sql, write: Writer) -> Sql:
        plan = self.plan
        start = DerivedCol("found", "start", DateField() if plan.start.is_date else plan.start.output)
        cohort, period = DerivedCol("counted", "cohort", plan.start.output), DerivedCol("counted", "period", None)
        size = DerivedCol("sizes", "cohort", plan.start.output)
        last = _between(write, plan, size, plan.now)
        if plan.periods is not None:
            last = sql("LEAST({last}, {most})", last=last, most=write.of(Value(plan.periods - 1)))
        return sql(
            'WITH "activity" ("entity", "period") AS ({rows}), '
            '"members" AS (SELECT "entity", {cut} AS "cohort" FROM ({members}) "found" ("entity", "start") '
            'WHERE "entity" IS NOT NULL AND "start" IS NOT NULL), '
            '"sizes" AS (SELECT "cohort", COUNT(*) AS "size" FROM "members" GROUP BY 1), '
            '"counted" AS (SELECT "cohort", "period", COUNT(*) AS "active" '
            'FROM "activity" JOIN "members" USING ("entity") GROUP BY 1, 2), '
            '"active" AS (SELECT "cohort", {offset} AS "offset", "active" FROM "counted") '
            'SELECT "cohort", "offset", "size", COALESCE("active", 0), '
            'COALESCE("active", 0)::float8 / "size" '
            'FROM "sizes" CROSS JOIN LATERAL generate_series(0, {last}) AS "offsets" ("offset") '
            'LEFT JOIN "active" USING ("cohort", "offset") WHERE EXISTS (SELECT FROM "active")',
            rows=rows,
            cut=write.of(plan.start.of(start)),
            members=write.query(plan.members),
            offset=_between(write, plan, cohort, period),
            last=last,
        )


def _between(write: Writer, plan: Plan, cohort: Any, period: Any) -> Sql:
    """How many periods ``period`` is after ``cohort``, counted on the local calendar."""
    days = {
        "one": sql("({local})::date", local=write.of(plan.start.local(cohort))),
        "other": sql("({local})::date", local=write.of(plan.activity.local(period))),
    }
    months = _MONTHS.get(cast("str", plan.activity.unit))
    if months is None:
        return sql(f"(({{other}} - {{one}}) / {7 if plan.activity.unit == 'week' else 1})", **days)
    part = "EXTRACT({} FROM {{other}}) - EXTRACT({} FROM {{one}})"
    whole = f"({part.format('YEAR', 'YEAR')}) * 12 + {part.format('MONTH', 'MONTH')}"
    return sql(f"(({whole})::int / {months})", **days)


def members(scope: Scope, entity: str, start: str) -> SqlQuery:
    """Each entity and the moment at which it begins: of its own table where ``start`` is a path through it."""
    own = start.removeprefix(f"{entity}{LOOKUP_SEP}")
    field = path_of(scope.model, entity).field
    if own != start and field.is_relation:
        rows = field.related_model._default_manager.order_by()
        return rows.values_list(field.target_field.attname, own).query
    rows = scope.model._default_manager.order_by().values(entity)
    return rows.annotate(_start=Min(start)).query


def cohorts(activity: SqlQuery, plan: Plan) -> SqlQuery:
    """A query of the cohorts; ``activity`` gives each entity and each period in which it was active once."""
    columns = {"cohort": plan.start.output, "offset": INTEGER, "size": INTEGER, "active": INTEGER, "share": FLOAT}
    return reading(activity, columns, Cohorts, plan, groups=("cohort", "offset"), times={})
