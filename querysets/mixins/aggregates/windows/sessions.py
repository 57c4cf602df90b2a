"""Sessions: what a row belongs to by the time that has passed since the row before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Self

from django.db.models import Value

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates.sessions import numbered
from querysets.sql.derived import DerivedCol, picking
from querysets.sql.fields import INTEGER
from querysets.sql.values import names


class Sessions(PatternBase[M, Row]):
    """Runs of rows without a long pause between them."""

    @kinds("annotation", "selection")
    def with_session(
        self, gap: timedelta, per: str | Sequence[str], *, by: str | None = None, as_: str = "session"
    ) -> Self:
        """Each row with the number of its session, from 1: a new one begins after a pause of more than ``gap``.

        The numbers are those of the rows of the chain so far, and stay: filters behind it drop rows, never join what a
        pause has parted.

        Parameters
        ----------
        gap
            The longest pause within a session.
        per
            Each of these has sessions of its own; NULL is a group, ``()`` is all rows.
        by
            The datetime of a row. Default: the ``timestamp`` role. Where it is NULL, so is the session.
        as_
            Name of the result.

        Raises
        ------
        TypeError
            ``gap`` is no timedelta, or ``by`` no datetime.
        ValueError
            ``gap`` is not positive.

        SQL
        ---
        ``1 + SUM(CASE WHEN pause > gap THEN 1 ELSE 0 END) OVER (...)`` over ``created_at - LAG(created_at) OVER
        (...)``, both ``PARTITION BY per ORDER BY created_at, id``.

        Examples
        --------
        >>> visits = Comment.objects.with_session(timedelta(minutes=30), per="user")
        """
        scope = self._scope("with_session")
        rows = self._with(as_, Value(0, output_field=INTEGER), ("with_session", gap, names(scope, "per", per), by))
        inner = numbered(scope, picking(self.query), gap, per=per, by=by, alias=as_)
        return rows if isinstance(rows.query.annotations[as_], DerivedCol) else rows._selected(inner, as_)  # noqa: SLF001
