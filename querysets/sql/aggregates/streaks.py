"""Runs of periods that follow each other without a gap."""

from __future__ import annotations

from typing import cast

from django.db.models import IntegerField

from querysets._types import SqlQuery
from querysets.sql.derived import DerivedCol
from querysets.sql.settled import outputs, reading
from querysets.sql.tables import Sql, Table, Writer, sql

from .buckets import Bucket

PERIOD = "_period"
"""The key that becomes the ends of runs."""


class Streaks(Table):
    """One row a run. A period begins one unless it is the next of the period before it."""

    plan: Bucket

    def written(self, rows: Sql, write: Writer) -> Sql:
        groups = self.columns[:-3]
        named = write.names(*groups)
        period = DerivedCol("units", PERIOD, self.plan.output)
        partition = Sql(f"PARTITION BY {named.text} " if groups else "")
        return sql(
            "SELECT {listed}MIN({period}), MAX({period}), COUNT(*) FROM ("
            'SELECT *, COUNT(*) FILTER (WHERE "begins") OVER ({partition}ORDER BY {period} ROWS UNBOUNDED PRECEDING) '
            'AS "run" FROM ('
            "SELECT *, LAG({period}) OVER ({partition}ORDER BY {period}) IS DISTINCT FROM {before} "
            'AS "begins" FROM ({rows}) "units" ({columns}) WHERE {period} IS NOT NULL) "units") "units" '
            'GROUP BY {listed}"run"',
            listed=Sql(f"{named.text}, " if groups else ""),
            period=write.names(PERIOD),
            partition=partition,
            before=write.of(self.plan.before(period)),
            rows=rows,
            columns=write.names(*groups, PERIOD),
        )


def streaks(periods: SqlQuery, bucket: Bucket) -> SqlQuery:
    """A query of the runs among the groups of ``periods``, whose last key is the period."""
    columns = outputs(periods)
    moment = columns.pop(PERIOD)
    groups = tuple(columns)
    columns |= {"first": moment, "last": moment, "length": cast("object", IntegerField())}
    return reading(periods, columns, Streaks, bucket, groups=(*groups, "first"), times={})
