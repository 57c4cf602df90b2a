"""Annotations and selections by the other rows of a group."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates.windows import Over
from querysets.sql.derived import picking
from querysets.sql.filters import picks
from querysets.sql.subqueries import peers
from querysets.sql.values import names


class Peers(PatternBase[M, Row]):
    """A row among the rows of its group."""

    @kinds("annotation")
    def with_peers(self, per: str | Sequence[str], /, *, over: Over = "chain", **aggregates: Any) -> Self:
        """Each row or group with aggregates of those that share ``per`` with it, itself included.

        Parameters
        ----------
        per
            One field or several; NULL is a group. ``()`` for all.
        over : {"chain", "all"}
            Of the rows of the chain, filters behind it included, or of all rows of the table.
        **aggregates
            Alias = an aggregate, or an expression of several.

        Raises
        ------
        TypeError
            None is given, or one that PostgreSQL does not compute beside each row: of different values, and those that
            need an order (``Percentile``, ``Mode``).

        SQL
        ---
        ``MAX(rating) OVER (PARTITION BY category_id)``. Over all, a derived table of the whole table, joined by primary
        key.

        Examples
        --------
        >>> spans = Post.objects.with_peers("category", best=Max("rating"), spread=Max("views") - Min("views"))
        """
        scope = self._scope("with_peers")
        if not aggregates:
            raise TypeError(f"{scope.label} needs at least one aggregate: alias=Max('rating')")
        return self._beside(
            over,
            ("with_peers", names(scope, "per", per), over),
            aggregates,
            lambda scope, aggregate: peers.together(scope, aggregate, per),
        )

    @kinds("selection")
    def above_peers(
        self,
        field: str,
        per: str | Sequence[str] = (),
        *,
        stat: peers.Stat = "avg",
        factor: float | Decimal = 1,
        leave_one_out: bool = False,
    ) -> Self:
        """The rows whose ``field`` is above the average of their group, or of all rows of the chain.

        Parameters
        ----------
        field
            A number; rows where it is NULL are neither chosen nor counted.
        per
            The group: rows that share these; NULL is a group.
        stat : {"avg", "median", "min", "max"}
            What the group is measured by.
        factor
            Above so many times that.
        leave_one_out
            Compare a row with the others only; one that has none is left out.

        Raises
        ------
        TypeError
            ``field`` or ``factor`` is no number.
        ValueError
            ``stat`` is unknown, or ``factor`` is negative.

        SQL
        ---
        ``rating > AVG(rating) OVER (PARTITION BY per)``; a median is the mean of those whose ``ROW_NUMBER()`` by value
        is in the middle. One sort of the chain.

        Examples
        --------
        >>> better = Post.objects.above_peers("rating", per="category")
        """
        scope, inner = self._scope("above_peers"), picking(self.query)
        return self._selected(peers.above(scope, inner, field, per, stat=stat, factor=factor, others=leave_one_out))

    @kinds("selection")
    def latest_per(self, group: str | Sequence[str], by: str | Sequence[str] | None = None) -> Self:
        """The latest row of each group, among the rows of the chain.

        Parameters
        ----------
        group
            One field or several; NULL is a group.
        by
            Keys of the order, of which the first row is taken. Default: the latest first, by the ``timestamp`` role.

        Raises
        ------
        TypeError
            No field is given.

        SQL
        ---
        As ``top_per(group)``: with an index on ``(group, -created_at, -id)`` one lookup a group, else DISTINCT ON.

        Examples
        --------
        >>> snapshot = Order.objects.at_most(created_at=datetime(2026, 1, 1, tzinfo=UTC)).latest_per("user")
        """
        scope, inner = self._scope("latest_per"), picking(self.query)
        groups, keys = picks.groups_of(scope, group), picks.order_within(scope, by)
        return self._selected(picks.top_per(scope, inner, groups, 1, keys, ties=False, via="auto"))

    @kinds("selection")
    def superseded(self, group: str | Sequence[str], by: str | Sequence[str] | None = None) -> Self:
        """All rows but the latest of each group: what ``latest_per(group, by)`` leaves.

        Parameters
        ----------
        group, by
            As in ``latest_per``.

        Raises
        ------
        TypeError
            No field is given.

        SQL
        ---
        ``ROW_NUMBER() OVER (PARTITION BY group ORDER BY created_at DESC, id DESC) > 1``.

        Examples
        --------
        >>> repeated = Comment.objects.superseded(["post", "user", "content"], by="created_at")
        """
        scope, inner = self._scope("superseded"), picking(self.query)
        return self._selected(
            picks.superseded(scope, inner, picks.groups_of(scope, group), picks.order_within(scope, by))
        )
