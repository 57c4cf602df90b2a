"""Selections by an aggregate of the chain: the best part of it, what fits a budget, what lies far out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates import portions
from querysets.sql.derived import picking
from querysets.sql.subqueries import peers


class Portions(PatternBase[M, Row]):
    """Rows chosen by how they lie among all of the chain, or of their group."""

    @kinds("selection")
    def top_percent(
        self, percent: float | Decimal, by: str | Sequence[str], *, per: str | Sequence[str] = (), ties: bool = True
    ) -> Self:
        """The best ``percent`` per cent of the rows, their number rounded up.

        Parameters
        ----------
        percent
            0 to 100; 0 is none.
        by
            Keys of the order, ``-`` for descending.
        per
            So many of the rows that share these; NULL is a group.
        ties
            Rows that tie with the last of them are in, too; otherwise ties are broken by primary key.

        Raises
        ------
        ValueError
            ``percent`` is outside of 0..100.
        TypeError
            ``percent`` is no number.

        SQL
        ---
        ``RANK() OVER (PARTITION BY per ORDER BY by) <= CEIL(COUNT(*) OVER (PARTITION BY per) * percent / 100)``.

        Examples
        --------
        >>> best = Post.objects.top_percent(10, "-score")
        """
        scope, inner = self._scope("top_percent"), picking(self.query)
        return self._selected(portions.best(scope, inner, percent, by, per, ties=ties, percent=True))

    @kinds("selection")
    def within_budget(self, field: str, limit: float | Decimal, by: str | Sequence[str] | None = None) -> Self:
        """The first rows whose ``field`` adds up to ``limit`` at most; none behind the first that is too much.

        Parameters
        ----------
        field
            A number; NULL adds nothing.
        limit
            What the sum may reach.
        by
            Keys of the order. Default: the order that the chain has; ties by primary key.

        Raises
        ------
        TypeError
            ``field`` or ``limit`` is no number.
        ValueError
            ``limit`` is not finite, or the order of the chain is random.

        SQL
        ---
        ``MAX(sum) OVER (ORDER BY by ROWS UNBOUNDED PRECEDING) <= limit`` over the running sums.

        Examples
        --------
        >>> affordable = Order.objects.within_budget("amount", 1000, by="created_at")
        """
        scope = self._scope("within_budget")
        return self._selected(portions.within_budget(scope, picking(self.query), field, limit, by))

    @kinds("selection")
    def outliers(
        self,
        field: str,
        method: peers.Method = "iqr",
        k: float | Decimal = 1.5,
        *,
        per: str | Sequence[str] = (),
        log: bool = False,
        min_n: int = 1,
    ) -> Self:
        """The rows whose ``field`` lies far from the others of the chain, on either side.

        Parameters
        ----------
        field
            A number; rows where it is NULL are not looked at.
        method : {"iqr", "sigma"}
            Outside of the quartiles by more than ``k`` times the distance between them; or more than ``k`` standard
            deviations (of a population) away from the mean.
        k
            How far.
        per
            Far from the rows that share these; NULL is a group.
        log
            Compare logarithms: how many times as much, instead of how much more. Values of 0 and below are not looked
            at.
        min_n
            Groups of fewer values have no outliers.

        Raises
        ------
        TypeError
            ``field`` or ``k`` is no number.
        ValueError
            ``method`` is unknown, ``k`` is negative, or ``min_n`` is below 1.

        SQL
        ---
        The quartiles that ``percentile_cont`` has, which takes no OVER: ``MAX(field) FILTER (WHERE place <= ...) OVER
        (PARTITION BY per)`` over ``ROW_NUMBER() OVER (PARTITION BY per ORDER BY field)``. One sort of the chain.

        Examples
        --------
        >>> odd = Post.objects.outliers("views", per="category", min_n=10)
        """
        scope = self._scope("outliers")
        inner = picking(self.query)
        return self._selected(peers.outliers(scope, inner, field, per, method=method, k=k, min_n=min_n, log=log))
