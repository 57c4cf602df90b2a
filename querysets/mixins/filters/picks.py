"""Selections: rows chosen among those of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates.portions import best
from querysets.sql.derived import picking
from querysets.sql.filters import picks


class Picks(PatternBase[M, Row]):
    """What is chosen here stays chosen: methods that follow act within it."""

    @kinds("selection")
    def top_per(
        self,
        group: str | Sequence[str],
        n: int | None = None,
        by: str | Sequence[str] | None = None,
        *,
        share: float | Decimal | None = None,
        ties: bool = False,
        via: Literal["auto", "distinct", "window", "groups"] = "auto",
    ) -> Self:
        """The first ``n`` rows of each group, or the first part of it, among the rows of the chain.

        Parameters
        ----------
        group
            One field or several; NULL is a group.
        n
            How many of each, by default one; 0 is none.
        by
            Keys of the order within a group, as in ``ranked``. Default: the latest first, by the ``timestamp`` role.
        share
            Instead of ``n``: this fraction of each group, 0..1, rounded up to whole rows.
        ties
            Rows that tie with the n-th are in, too; otherwise ties are broken by primary key, the highest first where
            the order is descending.
        via
            How: ``"distinct"`` (DISTINCT ON, for n = 1), ``"window"``, ``"groups"`` (one index lookup a row of the
            table that a foreign key points to). ``"auto"`` takes groups where a declared index begins with the group
            and the order and has all that the conditions of the chain compare, else distinct for one, else window.

        Raises
        ------
        ValueError
            ``n`` is negative, ``share`` is outside of 0..1, or ``via`` cannot do what is asked for.
        TypeError
            Both ``n`` and ``share`` are given.

        SQL
        ---
        ``INNER JOIN (SELECT DISTINCT ON (author_id) id ... ORDER BY author_id, created_at DESC, id DESC) ON id``. A
        btree on ``(author, -created_at, -id)``.

        Examples
        --------
        >>> latest = Post.objects.top_per("author")
        >>> best = Post.objects.top_per("category", 3, by="-rating")
        >>> tenth = Post.objects.top_per("category", by="-views", share=0.1)
        """
        scope, inner = self._scope("top_per"), picking(self.query)
        groups, keys = picks.groups_of(scope, group), picks.order_within(scope, by)
        if share is None:
            return self._selected(picks.top_per(scope, inner, groups, 1 if n is None else n, keys, ties=ties, via=via))
        if n is not None or via not in {"auto", "window"}:
            raise TypeError(f"{scope.label} takes either n or share, and share by a window")
        return self._selected(best(scope, inner, share, keys, groups, ties=ties))

    @kinds("selection")
    def duplicated(self, *fields: str, case: bool = True) -> Self:
        """Rows that share the values of ``fields`` with another row of the chain; all copies of each.

        Parameters
        ----------
        *fields
            Fields or to-one paths. A row with a NULL among them duplicates none.
        case
            Whether texts that differ in case only are different.

        SQL
        ---
        ``COUNT(*) OVER (PARTITION BY ...) > 1``. One sort of the chain.

        Examples
        --------
        >>> repeated = Post.objects.duplicated("title", case=False)
        """
        scope = self._scope("duplicated")
        return self._selected(
            picks.duplicated(scope, picking(self.query), [scope.path(name) for name in fields], case=case)
        )
