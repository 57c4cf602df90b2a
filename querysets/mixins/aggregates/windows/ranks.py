"""Ranks, shares and scores: how a row stands among the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import group_keys, kinds
from querysets.roles import require
from querysets.sql.aggregates import windows
from querysets.sql.aggregates.windows import Method, Over, spelt
from querysets.sql.values import names


class Ranks(PatternBase[M, Row]):
    """How a row, or a group, stands among the others."""

    @kinds("annotation")
    def with_rank(
        self,
        by: str | Sequence[str] | None = None,
        *,
        per: str | Sequence[str] = (),
        method: Method = "rank",
        n: int | None = None,
        over: Over = "chain",
        as_: str = "rank",
    ) -> Self:
        """Each row or group with its rank among the others of the chain, 1 for the first; ties share one.

        Parameters
        ----------
        by
            Keys of the order, ``-`` for descending. Default: the ``rank`` role, descending.
        per
            Rank within the groups of these fields; NULL is a group.
        method : {"rank", "dense", "row", "percent", "cume", "ntile"}
            1, 1, 3 or 1, 1, 2 on ties; numbers without ties, by primary key; (rank - 1) / (rows - 1), 0 for one row;
            the share of rows up to here; one of ``n`` bands whose sizes differ by one at most.
        n
            How many bands ``"ntile"`` makes.
        over : {"chain", "all"}
            Among the rows of the chain, filters behind it included, or among all rows of the table.
        as_
            Name of the result.

        Raises
        ------
        TypeError
            ``n`` goes with ``"ntile"`` only, which needs it.
        ValueError
            ``n`` is below 1.

        SQL
        ---
        ``RANK() OVER (PARTITION BY per ORDER BY by)``. A comparison on it (``at_most(rank=3)``) fixes it. Over all, a
        derived table of the whole table, joined by primary key.

        Examples
        --------
        >>> podium = Post.objects.with_rank("-rating", per="category").at_most(rank=3)
        >>> leaders = Post.objects.count_by("author").with_rank("-count").at_most(rank=3)
        """
        scope = self._scope("with_rank")
        by = f"-{require(self.model, 'rank', 'with_rank', argument='by')}" if by is None else by
        keys = names(scope, "by", by)
        recipe = ("with_rank", names(scope, "per", per), method, n, over)
        return self._beside(over, recipe, {as_: keys}, lambda scope, keys: windows.rank(scope, keys, per, method, n))

    @kinds("annotation")
    def with_share(self, field: str | None = None, *, per: str | Sequence[str] = (), as_: str | None = None) -> Self:
        """Each row or group with its part of the sum of ``field`` over the chain, as a float.

        Parameters
        ----------
        field
            A number: a field or annotation, or a measure of groups. Default: on groups, ``count``.
        per
            Of the sum over the rows that share these; NULL is a group.
        as_
            Default: ``<field>_share``.

        Raises
        ------
        TypeError
            ``field`` is no number, or rows have no ``count``.

        SQL
        ---
        ``views::float8 / NULLIF(SUM(views) OVER (PARTITION BY per), 0)``: NULL where the sum is 0.

        Examples
        --------
        >>> shares = Post.objects.count_by("status").with_share("count")
        """
        scope = self._scope("with_share")
        name = self._measure("with_share", field)
        recipe = ("with_share", name, names(scope, "per", per))
        return self._with(as_ or f"{spelt(name)}_share", windows.share(scope, name, per), recipe)

    @kinds("annotation")
    def with_zscore(self, field: str, *, per: str | Sequence[str] = (), as_: str | None = None) -> Self:
        """Each row or group with how many standard deviations its ``field`` lies above the mean of the chain.

        Parameters
        ----------
        field
            A number: a field or annotation, or a measure of groups.
        per
            The mean and the deviation of the rows that share these; NULL is a group.
        as_
            Default: ``<field>_zscore``.

        Raises
        ------
        TypeError
            ``field`` is no number.

        SQL
        ---
        ``(rating - AVG(rating) OVER (...)) / NULLIF(STDDEV_POP(rating) OVER (...), 0)``: the deviation of a population,
        NULL where it is 0.

        Examples
        --------
        >>> odd = Post.objects.with_zscore("views", per="category").above(views_zscore=2)
        """
        scope = self._scope("with_zscore")
        recipe = ("with_zscore", field, names(scope, "per", per))
        return self._with(as_ or f"{spelt(field)}_zscore", windows.zscore(scope, field, per), recipe)

    def _measure(self, method: str, field: str | None) -> str:
        """``field``, which on groups is their count unless something else is said."""
        if field is None and group_keys(self.query) is None:
            raise TypeError(f"{self._scope(method).label} needs a field, unless rows are grouped")
        return "count" if field is None else field
