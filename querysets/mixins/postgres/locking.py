"""Rows that others cannot change meanwhile."""

from __future__ import annotations

from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.locking import lockable


class Locking(PatternBase[M, Row]):
    """Rows locked until the transaction ends."""

    @kinds("selection")
    def locked(self, *, skip: bool = False, nowait: bool = False, no_key: bool = False) -> Self:
        """The rows, as they are once nobody else can change or delete them before the transaction ends.

        They are locked when they are read, and by writes of this library; ``count()`` and ``exists()`` lock nothing.
        Rows of the model alone: those that ``select_related`` brings are not. Of a slice, and of ``limited(n)``, no
        more rows are locked than it has: ``locked(skip=True)[:10]`` is ten rows that nobody else has. Groups and
        windows after it are of locked rows, with the values that they had when the statement began.

        Parameters
        ----------
        skip
            Pass over rows that another transaction has locked; else wait for them, and then read what it left.
        nowait
            Do not wait: Django's ``OperationalError``.
        no_key
            The weaker lock that an update takes: rows may be made meanwhile that refer to these.

        Raises
        ------
        ValueError
            Both ``skip`` and ``nowait``.
        WrongShape
            The model inherits columns from the table of another.
        NoTransaction
            At evaluation, outside of a transaction.

        SQL
        ---
        ``SELECT ... FOR UPDATE OF content_post``, in the order of the chain, or else of the keys. What an earlier
        selection or window has computed stands in ``WITH ... AS MATERIALIZED``, and not in a join.

        Examples
        --------
        >>> mine = Post.objects.by(status="draft").newest().locked(skip=True)[:10]
        """
        rows = self._chain()
        rows.query = lockable(self._scope("locked"), skip=skip, nowait=nowait)
        return rows.select_for_update(skip_locked=skip, nowait=nowait, no_key=no_key)._noted(locked=True)
