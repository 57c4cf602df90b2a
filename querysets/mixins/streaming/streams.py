"""Rows one after the other, however many there are, in memory that does not grow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from querysets._types import M, Row
from querysets.kinds import kinds
from querysets.sql.streaming import batches
from querysets.sql.streaming.hops import in_hops, without_lazy_reads

from .ordered import Ordered


class Streams(Ordered[M, Row]):
    """Streams and batches."""

    @kinds("terminal")
    def stream(
        self, size: int = 2000, *, snapshot: bool = False, progress: Callable[[int], object] | None = None
    ) -> Iterator[Row]:
        """The rows one after the other, in the order of the chain, of which a batch is in memory at a time.

        Between two batches nothing is open: no cursor, no transaction, so that a pooler may hand the connection on, and
        a consumer who stops leaves nothing behind. A row that is there throughout comes once, whatever is inserted and
        deleted meanwhile, as long as the keys of the order are not written. What a chain computes over its rows (a
        window, a limit, a group) is computed anew for each batch. Prefetches are made for each batch.

        Parameters
        ----------
        size
            Rows a batch.
        snapshot
            Instead, all rows as they are at one moment: by a cursor on the server, best inside ``atomic()``. Outside of
            it the server has computed and kept all rows before the first one comes.
        progress
            Called after each batch with the number of rows so far.

        Raises
        ------
        ValueError
            ``size`` is less than 1, or the order is by an expression without a name, or by chance.
        WrongShape
            The rows have no total order: distinct values without their primary key, or rows that a join gives several
            times.

        SQL
        ---
        ``WHERE (created_at, id) < (%s, %s) ORDER BY ... LIMIT size``: the index of the order. With ``snapshot``, the
        statement as it is, by ``DECLARE ... CURSOR``.

        Examples
        --------
        >>> titles = sum(len(post.title) for post in Post.objects.newest().stream(500))
        """
        scope = self._scope("stream")
        if snapshot:
            return batches.cursor(scope, self, size, progress)
        return batches.walk(scope, self._in_total_order("stream", None), size, progress).rows()

    @kinds("terminal")
    def astream(
        self, size: int = 2000, *, snapshot: bool = False, progress: Callable[[int], object] | None = None
    ) -> AsyncIterator[Row]:
        """``stream``, asynchronously: ``async for``. A task that is cancelled cancels its statement on the server."""
        scope = self._scope("astream")
        if snapshot:
            return in_hops(self.db, batches.cursor(scope, without_lazy_reads(self), size, progress), size)
        rows = without_lazy_reads(self._in_total_order("astream", None))
        return batches.walk(scope, rows, size, progress).arows()

    @kinds("terminal")
    def batches(
        self,
        size: int = 2000,
        *,
        by: str | Sequence[str] | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Iterator[list[Row]]:
        """The rows as lists of ``size``, the last one shorter: what ``stream`` reads, for work that is done in bulk.

        Parameters
        ----------
        size
            Rows a batch.
        by
            Keys to order by, as in ``ranked``; better such as nobody writes meanwhile. Default: the order of the chain,
            else the primary key.
        progress
            Called after each batch with the number of rows so far.

        Raises
        ------
        ValueError
            ``size`` is less than 1, or the order is by an expression without a name, or by chance.
        WrongShape
            The rows have no total order.

        SQL
        ---
        ``WHERE id > %s ORDER BY id LIMIT size``, a statement a batch.

        Examples
        --------
        >>> sizes = [len(batch) for batch in Post.objects.batches(100)]
        """
        rows = self._in_total_order("batches", by)
        return batches.walk(self._scope("batches"), rows, size, progress).batches()

    @kinds("terminal")
    def abatches(
        self,
        size: int = 2000,
        *,
        by: str | Sequence[str] | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> AsyncIterator[list[Row]]:
        """``batches``, asynchronously: ``async for``."""
        rows = without_lazy_reads(self._in_total_order("abatches", by))
        return batches.walk(self._scope("abatches"), rows, size, progress).abatches()
