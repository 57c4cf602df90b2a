"""Pages that stay where they are while rows come and go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from asgiref.sync import sync_to_async

from querysets._types import M, Row
from querysets.kinds import kinds
from querysets.sql.streaming import pages
from querysets.sql.streaming.hops import without_lazy_reads
from querysets.sql.streaming.pages import KeysetPage

from .ordered import Ordered


class Pages(Ordered[M, Row]):
    """Keyset pages."""

    @kinds("terminal")
    def page_after(
        self,
        cursor: str | None,
        size: int = 20,
        *,
        by: str | Sequence[str] | None = None,
        max_age: timedelta | None = None,
    ) -> KeysetPage[Row]:
        """A page of rows, with the cursors of the next and the previous one.

        A row that is there throughout is on exactly one page, whatever is inserted and deleted meanwhile. The ten
        thousandth page takes as long as the first.

        Parameters
        ----------
        cursor
            ``next`` or ``previous`` of an earlier page, None for the first. It is signed, and good for this model and
            order only; filters are not part of it.
        size
            Rows a page.
        by
            Keys to order by, as in ``ranked``. Default: the order of the chain, else the primary key.
        max_age
            How old a cursor may be. Default: of any age.

        Raises
        ------
        InvalidCursor
            ``cursor`` was changed, is of another model or order, or has expired.
        ValueError
            ``size`` is less than 1, or the order is by an expression without a name, or by chance.
        WrongShape
            The rows have no total order.

        SQL
        ---
        ``WHERE (created_at, id) < (%s, %s) ORDER BY ... LIMIT size + 1``: one statement. Keys of one direction without
        NULLs are one range of the index; others are compared one by one, behind a bound on the first.

        Examples
        --------
        >>> page = Post.objects.page_after(None, 10, by="-created_at")
        >>> behind = Post.objects.page_after(page.next, 10, by="-created_at")
        """
        rows = self._in_total_order("page_after", by)
        return pages.request(self._scope("page_after"), rows, cursor, size, max_age).page()

    @kinds("terminal")
    async def apage_after(
        self,
        cursor: str | None,
        size: int = 20,
        *,
        by: str | Sequence[str] | None = None,
        max_age: timedelta | None = None,
    ) -> KeysetPage[Row]:
        """``page_after``, asynchronously."""
        rows = without_lazy_reads(self)
        found: KeysetPage[Row] = await sync_to_async(rows.page_after)(cursor, size, by=by, max_age=max_age)
        return found
