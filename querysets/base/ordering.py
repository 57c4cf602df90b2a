"""Orders, and the rows at the top of one."""

from __future__ import annotations

from typing import Self

from querysets._types import M, Row
from querysets.kinds import kinds, patterns_of, shape_of
from querysets.roles import require
from querysets.sql.derived import picking
from querysets.sql.ordering import make_total, tie_break
from querysets.sql.postgres import search
from querysets.sql.values import counted

from .root import Root


class Ordering(Root[M, Row]):
    """Total orders, and what is taken from them."""

    @kinds("ordering")
    def ranked(self, *keys: str) -> Self:
        """The rows by ``keys``, the best first; ties by primary key, NULLs last.

        Parameters
        ----------
        *keys
            Fields, to-one paths, annotations, keys or measures, ``-name`` for descending. None: the chain's own score,
            relevance or distance if an earlier method made one (the relevance to what ``about()`` has searched for, be
            it annotated or not), else the ``rank`` role, descending.

        Raises
        ------
        MissingRole
            No keys are given and nothing says what the rank is.

        SQL
        ---
        ``ORDER BY rating DESC, id DESC``; a nullable column gets ``NULLS LAST``. A btree on ``(-rating, -id)``.

        Examples
        --------
        >>> best = Post.objects.ranked()
        >>> busiest = Post.objects.count_by("author").ranked("-count")
        """
        if keys:
            return self._ordered("ranked", keys)
        own = patterns_of(self.query)
        if "sought" in own and not own.keys() & {"score", "relevance"} and shape_of(self.query) in {"rows", "values"}:
            relevance = search.relevance(self._scope("ranked"), own["sought"])
            return self.order_by(relevance.desc(), *tie_break(self.query, ["-"]))
        named = next((own[note] for note in ("score", "relevance", "distance") if note in own), None)
        return self._ordered("ranked", [named or f"-{require(self.model, 'rank', 'ranked', argument='keys')}"])

    @kinds("selection")
    def limited(self, n: int) -> Self:
        """The first ``n`` rows of the current order, as a queryset that can still be filtered, ordered and grouped.

        Parameters
        ----------
        n
            How many rows at most; 0 is none. What follows acts within these rows and cannot change which they are.

        Raises
        ------
        ValueError
            ``n`` is negative.

        SQL
        ---
        ``INNER JOIN (SELECT id ... ORDER BY ... LIMIT n) ON id``. The index of the order.

        Examples
        --------
        >>> latest = Post.objects.newest().limited(10).ranked()
        """
        inner = picking(self.query, locks=True)
        make_total(inner)
        inner.set_limits(high=counted(self._scope("limited"), "n", n))
        return self._selected(inner)
