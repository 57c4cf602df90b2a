"""Samples, counts that are not exact, and pages: what large tables are asked for."""

from __future__ import annotations

from typing import Self

from asgiref.sync import sync_to_async

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.derived import picking
from querysets.sql.ordering import make_total
from querysets.sql.postgres import sampling
from querysets.sql.values import counted


class Sampling(PatternBase[M, Row]):
    """Parts of a large table, and how large it is."""

    @kinds("filter")
    def table_sampled(self, percent: float, seed: int) -> Self:
        """Rows that are in a sample of the whole table: each is with the same chance, whatever else the chain keeps.

        Parameters
        ----------
        percent
            0 to 100: the chance of a row. How many rows there are is left to chance, too.
        seed
            A whole number of 32 bits: the same one gives the same rows, until one of the table is written.
            ``sampled()`` gives the same ones for good.

        Raises
        ------
        ValueError
            ``percent`` is outside of 0..100, or ``seed`` too large.
        TypeError
            ``seed`` is no whole number.

        SQL
        ---
        ``id IN (SELECT id FROM content_post TABLESAMPLE BERNOULLI (%s) REPEATABLE (%s))``: the table is read, few rows
        of it are looked at.

        Examples
        --------
        >>> some = Post.objects.table_sampled(1, seed=7).by(status="published")
        """
        return self._where(sampling.table_sampled, percent, seed)

    @kinds("terminal")
    def capped_count(self, limit: int) -> int:
        """How many rows there are, counted up to ``limit``: enough for "more than 1000".

        Parameters
        ----------
        limit
            No more rows are counted than this; 0 is 0.

        Raises
        ------
        ValueError
            ``limit`` is negative.

        SQL
        ---
        ``SELECT COUNT(*) FROM (SELECT ... LIMIT n)``.

        Examples
        --------
        >>> found = Post.objects.by(status="published").capped_count(1001)
        >>> told = "more than 1000" if found > 1000 else str(found)
        """
        counted(self._scope("capped_count"), "limit", limit)
        return self.order_by()[:limit].count()

    @kinds("terminal")
    async def acapped_count(self, limit: int) -> int:
        """``capped_count``, asynchronously."""
        return await sync_to_async(self.capped_count)(limit)

    @kinds("terminal")
    def estimated_count(self) -> int:
        """About how many rows there are, without reading one: what PostgreSQL expects, by its statistics.

        Of a whole table this is near, as near as the last ``ANALYZE``; of filtered rows it may be off by any factor,
        most of all where conditions hang together. It is at least 1 where it cannot tell that there is none.

        SQL
        ---
        ``EXPLAIN (FORMAT JSON) SELECT ...``, of which the rows of the topmost node.

        Examples
        --------
        >>> about = Post.objects.estimated_count()
        """
        return sampling.estimated(self.order_by())

    @kinds("terminal")
    async def aestimated_count(self) -> int:
        """``estimated_count``, asynchronously."""
        return await sync_to_async(self.estimated_count)()

    @kinds("selection")
    def paged(self, start: int, stop: int) -> Self:
        """The rows from place ``start`` until before ``stop`` of the current order, from 0, ties by primary key.

        The keys of the page are found first, so that what is annotated is computed for its rows and not for those that
        it passes over.

        Parameters
        ----------
        start, stop
            As in ``[start:stop]``; ``start == stop`` is no row. What follows acts within the page.

        Raises
        ------
        ValueError
            ``start`` is negative, or ``stop`` less than it.

        SQL
        ---
        ``INNER JOIN (SELECT id ... ORDER BY ... OFFSET start LIMIT n) ON id``. The keys that are passed over are read
        from an index that has the order and the primary key; ``after(cursor)`` does not read them, at any depth.

        Examples
        --------
        >>> page = Post.objects.newest().with_count("comments").paged(40, 60)
        """
        scope = self._scope("paged")
        first = counted(scope, "start", start)
        inner = picking(self.query, locks=True)
        make_total(inner)
        inner.set_limits(first, counted(scope, "stop", stop, least=first))
        return self._selected(inner)
