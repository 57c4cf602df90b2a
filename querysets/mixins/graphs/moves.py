"""Writes to a tree."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.execution import cursor
from querysets.kinds import kinds
from querysets.sql.graphs import trees
from querysets.sql.graphs.nodes import key as key_of


class TreeMoves(PatternBase[M, Row]):
    """Rows under another parent."""

    @kinds("write")
    def move(self, node: Any, parent: Any) -> int:
        """How many rows of the chain were moved, 0 or 1, with all that is below: one column of one row is written.

        Parameters
        ----------
        node
            The row, or its primary key. One that is not in the chain, or is there already, is 0.
        parent
            The row to be below, or its primary key; None makes a root.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        CycleError
            ``parent`` is the row itself, or below it.
        ValueError
            There is no row ``parent``, or a key cannot be one.

        SQL
        ---
        One transaction: an advisory lock that moves of this table wait for, so that two of them cannot close a cycle
        between them; a walk up from the new parent; ``UPDATE ... SET parent_id``. In a transaction of your own that
        reads an old snapshot (REPEATABLE READ) a move that was made meanwhile is not seen: use READ COMMITTED.

        Examples
        --------
        >>> moved = Category.objects.move(12, None)
        """
        scope = self._scope("move")
        name, key, above = trees.parent(scope), key_of(scope, node), key_of(scope, parent)
        if above is not None and key == above:
            raise trees.cycle(scope, key, above)
        self._for_write, self._result_cache = True, None
        with transaction.atomic(using=self.db):
            with cursor(transaction.get_connection(self.db)) as held:
                held.execute(trees.LOCK, [f"{self.model._meta.db_table}.{name}"])
            trees.movable(scope, key, above, self.db)
            rows = self.filter(pk=key).exclude(**{name: above})
            return rows.order_by().update(**{name: above})

    @kinds("write")
    async def amove(self, node: Any, parent: Any) -> int:
        """``move``, asynchronously."""
        return await sync_to_async(self.move)(node, parent)
