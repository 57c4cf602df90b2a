"""Groups over time: counts and aggregates by period, cohorts, streaks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import F

from querysets._types import M, Row
from querysets.errors import WrongShape
from querysets.kinds import group_keys, kinds
from querysets.sql.aggregates import cohorts, streaks
from querysets.sql.aggregates.buckets import UNITS, Unit, bucket_of
from querysets.sql.values import counted, one_of
from querysets.sql.zones import now

from .groups import Groups

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet

    Grouped = PatternQuerySet[M, dict[str, Any]]


class Series(Groups[M, Row]):
    """Rows by when they happened."""

    @kinds("grouping")
    def count_per(
        self,
        /,
        unit: Unit,
        *keys: str,
        distinct: str | None = None,
        field: str | None = None,
        tz: str | None = None,
        week_start: int = 1,
        as_: str = "count",
        **expressions: Any,
    ) -> Grouped[M]:
        """How many rows each period has, as ``period`` and ``count``, ascending: ``bucketed()``, then ``count_by()``.

        Parameters
        ----------
        unit, field, tz, week_start
            As in ``bucketed``.
        *keys
            Further keys, behind the period.
        distinct
            Count the different values of this field instead of rows.
        as_
            Name of the count.
        **expressions
            Further keys: name = expression.

        SQL
        ---
        ``SELECT DATE_TRUNC(unit, created_at, zone), keys, COUNT(*) ... GROUP BY 1, keys ORDER BY 1, keys``.

        Examples
        --------
        >>> monthly = Post.objects.count_per("month")
        >>> readers = Comment.objects.count_per("day", distinct="user", tz="Europe/Paris")
        """
        periods = self.bucketed(unit, tz, week_start=week_start, field=field)
        return periods.count_by(*keys, distinct=distinct, as_=as_, **expressions)

    @kinds("grouping")
    def agg_per(
        self,
        /,
        unit: Unit,
        *keys: str,
        field: str | None = None,
        tz: str | None = None,
        week_start: int = 1,
        **aggregates: Any,
    ) -> Grouped[M]:
        """Aggregates of the rows of each period, ascending: ``bucketed()``, then ``agg_by()``.

        Parameters
        ----------
        unit, field, tz, week_start
            As in ``bucketed``.
        *keys
            Further keys, behind the period.
        **aggregates
            Name = aggregate; as in ``agg_by``, any other expression is a further key.

        SQL
        ---
        ``SELECT DATE_TRUNC(unit, paid_at, zone), SUM(amount) ... GROUP BY 1 ORDER BY 1``.

        Examples
        --------
        >>> revenue = Order.objects.by(status="paid").agg_per("month", total=Sum("amount"), field="paid_at")
        """
        return self.bucketed(unit, tz, week_start=week_start, field=field).agg_by(*keys, **aggregates)

    @kinds("grouping")
    def cohorts(
        self,
        entity: str,
        start: str | None = None,
        unit: Literal["day", "week", "month", "quarter", "year"] = "month",
        tz: str | None = None,
        periods: int | None = None,
        *,
        week_start: int = 1,
        field: str | None = None,
        at: datetime | None = None,
    ) -> Grouped[M]:
        """How many of those who began in one period were active 0, 1, 2 ... periods later.

        Rows are dicts of ``cohort`` (the period), ``offset``, ``size`` (who began), ``active`` (how many of them have a
        row of the chain in the period ``offset`` units later) and ``share`` (active / size), by cohort and offset.
        Cells without activity are there, with 0, unless there is none at all; cells that lie in the future are not.

        Parameters
        ----------
        entity
            Whose activity the rows are: a foreign key or another field. Rows where it is NULL are nobody's.
        start
            When the entity begins. A path through the entity, such as ``"user__joined_at"``, is read from its own
            table, those without a row included; NULL is in no cohort. Default: its first row in the whole table,
            by ``field``.
        unit
            Of cohorts and offsets, on the local calendar.
        tz
            Name of a zone; default: the current one.
        periods
            How many offsets at most, from 0 on. Default: all until now.
        week_start
            ISO weekday, 1 (Monday) to 7 (Sunday), on which ``"week"`` begins.
        field : path to a date or datetime
            When a row happened. Default: the ``timestamp`` role. Rows before their entity's start are left out.
        at
            The moment taken as now, whose period is the last.

        Raises
        ------
        WrongShape
            The rows are grouped already.
        ValueError
            ``periods`` is negative, ``unit`` or ``tz`` are none, or ``at`` is naive.

        SQL
        ---
        Rows and entities are read once each: activity as distinct pairs, joined to the starts, counted, and joined to
        ``generate_series(0, ...)`` of each cohort.

        Examples
        --------
        >>> retention = Comment.objects.cohorts("user", start="user__joined_at")
        >>> first_month = retention.by(offset=1).ranked("-share")
        """
        scope = self._row_scope("cohorts")
        one_of(scope, "unit", unit, cohorts.UNITS)
        when = scope.role("timestamp", field)
        begun = when if start is None else scope.path(start)
        active, begin = (bucket_of(scope, unit, name, tz=tz, week_start=week_start) for name in (when, begun))
        most = None if periods is None else counted(scope, "periods", periods)
        plan = cohorts.Plan(
            cohorts.members(scope, scope.path(entity), begun), begin, active, active.at(now(scope, at)), most
        )
        if group_keys(self.query) is not None:
            raise WrongShape(f"{scope.label} makes groups of its own; call it on rows")
        seen = self._grouped("cohorts", [entity, "_period"], _period=active.of(F(when)))
        return self._reading("cohorts", cohorts.cohorts(seen.query, plan))

    @kinds("grouping")
    def streaks_by(
        self,
        *group: str,
        unit: Unit = "day",
        tz: str | None = None,
        week_start: int = 1,
        field: str | None = None,
    ) -> Grouped[M]:
        """Runs of periods that follow each other and each have a row: one dict a run, by group and beginning.

        Its keys are those of the group, ``first`` and ``last`` (periods, as in ``bucketed``) and ``length`` (how many).

        Parameters
        ----------
        *group
            Whose runs: fields or to-one paths, on groups beside their keys; NULL is a group. None: those of all rows
            together.
        unit
            A period that follows another, as in ``bucketed``: a name such as ``"day"`` or a ``timedelta``.
        tz, week_start, field
            As in ``bucketed``. Rows where ``field`` is NULL are in no run.

        Raises
        ------
        ValueError
            ``unit`` comes again and again, such as ``"hour_of_day"``, or a key of the group is called as a result.

        SQL
        ---
        ``LAG(period) OVER (PARTITION BY group ORDER BY period)`` begins a run where it is not the period before; a
        running count of beginnings numbers the runs. One sort of the distinct periods.

        Examples
        --------
        >>> habits = Post.objects.streaks_by("author").at_least(length=3).ranked("-length")
        """
        scope = self._row_scope("streaks_by")
        name = scope.role("timestamp", field)
        bucket = bucket_of(scope, unit, name, tz=tz, week_start=week_start)
        if bucket.cycle:
            one_of(scope, "unit", unit, UNITS)
        periods = self._grouped("streaks_by", [*group, streaks.PERIOD], **{streaks.PERIOD: bucket.of(F(name))})
        if taken := {"first", "last", "length"} & set(group_keys(periods.query) or ()):
            raise ValueError(f"{scope.label}: a key called {min(taken)!r} would hide a result of that name")
        return self._reading("streaks_by", streaks.streaks(periods.query, bucket))
