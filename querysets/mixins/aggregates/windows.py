"""Annotations by windows over the rows of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, Self

from django.db.models import F, Window
from django.db.models.functions import CumeDist, DenseRank, PercentRank, Rank, RowNumber

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.roles import require
from querysets.sql.ordering import order_terms
from querysets.sql.values import one_of

_RANKS: Final[dict[str, Any]] = {
    "rank": Rank, "dense": DenseRank, "row": RowNumber, "percent": PercentRank, "cume": CumeDist,
}  # fmt: skip


class Windows(PatternBase[M, Row]):
    """Numbers that a row has among the others."""

    @kinds("annotation")
    def with_rank(
        self,
        by: str | Sequence[str] | None = None,
        *,
        per: str | Sequence[str] = (),
        method: Literal["rank", "dense", "row", "percent", "cume"] = "rank",
        as_: str = "rank",
    ) -> Self:
        """Each row with its rank among the rows of the chain, 1 for the first; ties share one.

        Parameters
        ----------
        by
            Keys of the order, ``-`` for descending. Default: the ``rank`` role, descending.
        per
            Rank within the groups of these fields; NULL is a group.
        method : {"rank", "dense", "row", "percent", "cume"}
            1, 1, 3 or 1, 1, 2 on ties; numbers without ties, by primary key; (rank - 1) / (rows - 1); the share of
            rows up to here.
        as_
            Name of the result.

        SQL
        ---
        ``RANK() OVER (PARTITION BY per ORDER BY by)``. It ranks all rows of the chain, filters behind it included; a
        comparison on it (``at_most(rank=3)``) fixes it.

        Examples
        --------
        >>> podium = Post.objects.with_rank("-rating", per="category").at_most(rank=3)
        """
        scope = self._scope("with_rank")
        one_of(scope, "method", method, tuple(_RANKS))
        keys = (
            [f"-{require(self.model, 'rank', 'with_rank', argument='by')}"]
            if by is None
            else [by]
            if isinstance(by, str)
            else by
        )
        groups = [per] if isinstance(per, str) else per
        terms = order_terms(scope, keys)
        window = Window(
            _RANKS[method](),
            partition_by=[F(scope.path(name)) for name in groups] or None,
            order_by=terms if method == "row" else terms[: len(keys)],
        )
        return self._with(as_, window, ("with_rank", tuple(keys), tuple(groups), method))
