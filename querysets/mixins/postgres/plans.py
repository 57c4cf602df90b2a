"""What the planner makes of a chain."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db.models import Index

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.postgres import plans
from querysets.sql.postgres.plans import LARGE, IndexUse


class Plans(PatternBase[M, Row]):
    """Which indexes a statement uses; ``querysets.indexes`` has those that a method needs."""

    @kinds("terminal", "neutral")
    def index_used(
        self, *supposed: Index, even_if_small: bool = False, large: int = LARGE, build: bool = False
    ) -> IndexUse:
        """Which indexes the plan of this chain uses, and which tables it reads from end to end.

        The chain is planned as it stands, a slice or a union too, and not run. What comes back is true if no large
        table is read as a whole. (That such a table is read is no mistake where most of its rows are wanted.)

        Parameters
        ----------
        *supposed
            Indexes of the model to plan with as if they were there, such as ``indexes.matching("title")``: by the
            extension HypoPG, which knows btrees and BRIN but no GIN or GiST; see ``build``.
        even_if_small
            Whether an index could serve the chain however small its tables are now: it is planned without sequential
            scans, and nothing may then be read as a whole, by an index neither.
        large
            From how many rows on a table is large.
        build
            Make what is supposed in a transaction that is rolled back, which any server can. It takes its time, and
            writers of the table wait for it.

        Raises
        ------
        TypeError
            ``supposed`` holds something else than an index.
        ValueError
            ``large`` is negative.
        MissingExtension
            An index is supposed, and the database has no HypoPG, or one that does not know this kind of index.

        SQL
        ---
        ``EXPLAIN (FORMAT JSON, VERBOSE) SELECT ...``, and the sizes of tables from ``pg_class``. With
        ``even_if_small`` under ``enable_seqscan = off``.

        Examples
        --------
        >>> bool(Post.objects.newest()[:10].index_used(even_if_small=True))
        True
        >>> Post.objects.recent(24).index_used(even_if_small=True).indexes
        ('post_newest',)
        """
        return plans.planned(self, supposed, even_if_small=even_if_small, large=large, build=build)

    @kinds("terminal", "neutral")
    async def aindex_used(
        self, *supposed: Index, even_if_small: bool = False, large: int = LARGE, build: bool = False
    ) -> IndexUse:
        """``index_used``, asynchronously."""
        return await sync_to_async(self.index_used)(*supposed, even_if_small=even_if_small, large=large, build=build)
